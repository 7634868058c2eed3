/**
 * What a message is for. `service`: it belongs to a business under way with the person. `promotion`: it advertises, so it needs
 * their consent, tells how to stop, and is refused once they have said so. Default: `service`.
 */
export type Purpose = 'service' | 'promotion'
