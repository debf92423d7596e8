// Trains fastText vectors from a file in a process of its own. Takes { text, training, epochs, seed, threads } and where the vectors
// (output) or the model go.
import { Corpus } from '@wordmill/core';
import { FastText } from '@wordmill/fasttext';
import { peakMemory } from '../machine.mjs';

const { text, training, epochs, seed, threads, output, model: file } = JSON.parse(process.argv[2]);

const corpus = await Corpus.fromFile(text, { invalidUtf8: 'escape', threads });
const model = await FastText.train(corpus, { ...training, epochs, seed, threads });
const memory = peakMemory();
if (output !== undefined) await model.vectors.save(output);
if (file !== undefined) await model.save(file);

const { tokens, seconds, loss, isa, vocabulary, ngrams } = model.report;
process.stdout.write(JSON.stringify({ tokens, seconds, loss, isa, vocabulary, ngrams, peakMemory: memory }));
