/** What other packages of Wordmill use of this one beside its public API: not for others, and free to change. */
export { refuseUnknown } from './counting.js';
