export { type Act, type Fault, SETTLING_MS, TestVendors } from './test-vendors.ts'
export { TestRun } from './test-run.ts'
export { TestWorld, type TestWorldSettings } from './test-world.ts'
