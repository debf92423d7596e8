// Trains a classifier in a process of its own, tests it, and asks it about many lines. Takes { lines, validation, training, seed,
// threads, copies }.
import { readFileSync } from 'node:fs';
import { FastTextClassifier } from '@wordmill/fasttext';
import { peakMemory } from '../machine.mjs';

const { lines, validation, training, seed, threads, copies } = JSON.parse(process.argv[2]);

const classifier = await FastTextClassifier.train(lines, { ...training, seed, threads });
const memory = peakMemory();
const { precision } = await classifier.test(validation, { threads });
const asked = readFileSync(validation, 'utf8').trimEnd().split('\n');
const many = Array.from({ length: copies }, () => asked).flat();
const begun = performance.now();
await classifier.predictBatch(many, { threads });
const predictSeconds = (performance.now() - begun) / 1000;

const { tokens, seconds } = classifier.report;
const answer = { tokens, seconds, precision, predicted: many.length, predictSeconds, peakMemory: memory };
process.stdout.write(JSON.stringify(answer));
