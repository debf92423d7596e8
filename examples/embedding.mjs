// A look-up table trained by back-propagation: what it is, and a small language model whose input and output are one table.
import { Embedding, learningRateAt } from '@wordmill/core';

// Looking up is multiplying one-hot vectors by the table, and its gradient is that of the linear layer.
const table = new Embedding({ rows: 6, dimension: 4, seed: 1 });
const ids = [2, 5, 2, 0];
const weights = table.toFloat32Array();
const oneHot = ids.map((id) => Array.from({ length: 6 }, (_, row) => (row === id ? 1 : 0)));
const at = (matrix, row, column, width) => matrix[row * width + column];
const product = ids.flatMap((_, i) =>
  Array.from({ length: 4 }, (_, c) => oneHot[i].reduce((sum, hot, row) => sum + hot * at(weights, row, c, 4), 0)),
);
const gradient = Float32Array.from(product, (_, i) => Math.sin(i));
table.backward(ids, gradient);
const { rows, values } = table.gradient();
const linear = Array.from(rows, (row) =>
  Array.from({ length: 4 }, (_, c) => ids.reduce((sum, _, i) => sum + oneHot[i][row] * at(gradient, i, c, 4), 0)),
).flat();
const distance = (a, b) => Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));
console.log(`look-up against one-hot times table: ${distance(table.forward(ids), product)}`);
console.log(`its gradient against the linear layer's: ${distance(values, linear)}`);
table.dispose();

// Each word predicts the next one: logits are the products of its vector, turned a little, with all vectors.
const text = 'the cat sat on the mat and the dog sat on the rug while the cat and the dog slept'.split(' ');
const words = [...new Set(text)];
const tokens = text.map((word) => words.indexOf(word));
const inputs = tokens.slice(0, -1);
const targets = tokens.slice(1);
const embedding = new Embedding({ rows: words.length, dimension: 32, initial: 'uniform' });
const turned = (vectors) => vectors.map((_, i) => vectors[i % 32 === 31 ? i - 31 : i + 1]);
const turnedBack = (vectors) => vectors.map((_, i) => vectors[i % 32 === 0 ? i + 31 : i - 1]);
const steps = 200;
for (let step = 0; step < steps; step++) {
  const hidden = turned(embedding.forward(inputs));
  const { loss, slopes } = crossEntropy(embedding.logits(hidden), targets);
  embedding.backward(inputs, turnedBack(embedding.backwardLogits(hidden, slopes)));
  const schedule = { shape: 'cosine', learningRate: 0.05, warmupSteps: 10, totalSteps: steps };
  embedding.step({ optimizer: 'adam', learningRate: learningRateAt(step, schedule) });
  embedding.zeroGradient();
  if (step % 50 === 0 || step === steps - 1) console.log(`step ${step}: perplexity ${Math.exp(loss).toFixed(2)}`);
}
const vectors = embedding.toVectors(words);
console.log('most like cat:', (await vectors.mostSimilar('cat', { topN: 1 }))[0].key);

/** Mean loss of the softmax, and its gradient with respect to the logits. */
function crossEntropy(logits, targets) {
  const width = logits.length / targets.length;
  const slopes = new Float32Array(logits.length);
  let loss = 0;
  for (const [i, target] of targets.entries()) {
    const row = logits.subarray(i * width, (i + 1) * width);
    const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
    loss += (Math.log(total) - row[target]) / targets.length;
    for (let j = 0; j < width; j++) {
      slopes[i * width + j] = (Math.exp(row[j]) / total - (j === target ? 1 : 0)) / targets.length;
    }
  }
  return { loss, slopes };
}
