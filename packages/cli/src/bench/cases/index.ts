import type { Case } from '../case.js';
import { embeddingCases } from './embedding.js';
import { fileCases } from './files.js';
import { gloveCases } from './glove.js';
import { tableCases } from './tables.js';
import { textCases } from './text.js';

/** All that is measured, in the order of the report. */
export const cases: readonly Case[] = [...tableCases, ...embeddingCases, ...fileCases, ...textCases, ...gloveCases];
