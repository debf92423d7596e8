export { type Accelerator, accelerator } from './accelerator.js';
export type * from './binding.js';
export { isWordmillError, WordmillError, type WordmillErrorCode, type WordmillErrorDetails } from './errors.js';
export { native } from './load.js';
