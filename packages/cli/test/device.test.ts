import { describe, expect, it } from 'vitest';
import { EMULATED_GPU, emulatedModule } from '../../../native/test/emulated-module.js';
import { scratchFolder, topicOf, topicText, wordmill } from './wordmill.js';

const { path, write } = scratchFolder();
const text = write('topics.txt', topicText(250));

/** Runs the program beside the emulated GPU, which may be in trouble. */
const withGpu = (args: readonly string[], trouble = '') =>
  wordmill(args, { env: { WORDMILL_CUDA: emulatedModule, WORDMILL_EMULATOR: trouble }, cwd: path('.') });
/** pnpm's launchers set NODE_PATH, under which every package of the workspace is found from anywhere. */
const withoutModule = (args: readonly string[]) =>
  wordmill(args, { env: { WORDMILL_CUDA: '', NODE_PATH: '' }, cwd: path('.') });

const train = ['word2vec', '-train', text, '-output', path('v.txt'), '-size', '10', '-sample', '0', '-iter', '3'];

describe('wordmill info', () => {
  it('lists GPUs', async () => {
    const { stdout } = await withGpu(['info']);
    expect(stdout).toMatch(/cuda:0: emulated on the processor, 8\.59 GB \(8\.59 GB free\), compute capability 9\.0/);
    const { devices, cuda } = JSON.parse((await withGpu(['info', '--json'])).stdout);
    expect(devices.map(({ name }: { name: string }) => name)).toEqual(['cpu', 'cuda:0']);
    expect(devices[1]).toMatchObject({ gpu: EMULATED_GPU, memory: 8 * 2 ** 30, driver: '13.0', runtime: '13.0' });
    expect(cuda).toMatchObject({ module: { path: emulatedModule } });
  });

  it('says why there are none', async () => {
    const missing = await withoutModule(['info']);
    expect(missing.status).toBe(0);
    expect(missing.stdout).toMatch(/no cuda: .*npm install @wordmill\/cuda-linux-x64@/);
    const { devices, cuda } = JSON.parse((await withGpu(['info', '--json'], 'old-driver')).stdout);
    expect(devices).toHaveLength(1);
    expect(cuda.reason).toContain('the NVIDIA driver is too old');
  });
});

describe('--device', () => {
  it('trains on a GPU, and the summary says so', async () => {
    const { status, stdout } = await withGpu([...train, '--device', 'cuda']);
    expect(status).toBe(0);
    expect(stdout).toContain(`(${EMULATED_GPU}), mean loss`);
    const report = JSON.parse((await withGpu([...train, '--device', 'auto', '--json'])).stdout);
    expect(report).toMatchObject({ device: EMULATED_GPU });
    const found = await withGpu(['nearest', path('v.txt'), 'king', '--top', '1', '--device', 'auto', '--json']);
    expect(topicOf('king')).toContain(JSON.parse(found.stdout).neighbours[0].key);
  });

  it('goes on on the processor with auto, and the summary says why', async () => {
    const { status, stdout } = await withGpu([...train, '--device', 'auto'], 'no-driver');
    expect(status).toBe(0);
    expect(stdout).toMatch(/\(\w+, \d+ threads\), mean loss/);
    expect(stdout).toContain('on the processor: cuda device 0 cannot be used: no NVIDIA driver is installed\n');
    const missing = await withoutModule([...train, '--device', 'auto', '--json']);
    expect(JSON.parse(missing.stdout)).toMatchObject({
      device: 'cpu',
      deviceReason: expect.stringMatching(/npm install @wordmill\/cuda-linux-x64@/),
    });
  });

  it.each([
    ['glove', text, '-o', path('g.txt'), '-min-count', '1', '-iter', '2'],
    ['glove', text, '--save-counts', path('counts.safetensors'), '-min-count', '1'],
    ['fasttext', 'skipgram', '-input', text, '--model', path('f.bin'), '-dim', '5', '-epoch', '1', '-bucket', '100'],
    ['embed', text, '-o', path('e.safetensors'), '--epochs', '1', '--vector-size', '8', '--validation', '0'],
  ])('is an option of %s', async (...args) => {
    const { status, stdout, stderr } = await withGpu([...args, '--device', 'auto', '--json'], 'no-device');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      device: 'cpu',
      deviceReason: expect.stringContaining('the driver finds no GPU'),
    });
    const refused = await withGpu([...args, '--device', 'cuda'], 'no-device');
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^wordmill: cuda device 0 cannot be used: the driver finds no GPU\n$/);
  });

  it.each([
    [['--device', 'gpu'], '', 2, '--device must be cpu, cuda, cuda:N or auto, not "gpu"'],
    [['--device', 'cuda:4'], '', 1, 'cuda device 4 does not exist; there are devices 0 to 0'],
    [['--device', 'cuda'], 'memory=1000', 1, 'out of memory on the device'],
    [['--device', 'cuda'], 'lost-after=3', 1, 'the device failed'],
  ])('fails with %j and trouble %j', async (args, trouble, expected, message) => {
    const { status, stdout, stderr } = await withGpu([...train, ...args], trouble);
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(stderr).toMatch(/^wordmill: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });
});

describe('wordmill bench --device', () => {
  const quick = ['bench', '--quick', '--threads', '1', '--rounds', '1', '--isa', 'scalar'];

  it('puts a GPU beside the instruction sets, for what it can do', async () => {
    const { devices, isas, figures } = JSON.parse((await withGpu([...quick, '--device', 'cuda', '--json'])).stdout);
    expect({ devices, isas }).toEqual({ devices: { cuda: { gpu: EMULATED_GPU } }, isas: ['scalar'] });
    const names = figures.map(({ name }: { name: string }) => name);
    expect(names).toContain('skip-gram, negative sampling');
    expect(names).toContain('search, one query');
    expect(names).not.toContain('decode word2vec text');
    const skipGram = figures.find(({ name }: { name: string }) => name === 'skip-gram, negative sampling');
    expect(Object.keys(skipGram.results)).toEqual(['scalar', 'cuda']);
    expect(skipGram.results.cuda.median).toBeGreaterThan(0);
    expect(skipGram.results.cuda.loss / skipGram.results.scalar.loss).toBeCloseTo(1, 1);
  });

  it('leaves a gap where the GPU cannot, and says why', async () => {
    const { status, stdout } = await withGpu([...quick, '--device', 'cuda', '--json'], 'memory=1000');
    expect(status).toBe(0);
    const { figures } = JSON.parse(stdout);
    const skipGram = figures.find(({ name }: { name: string }) => name === 'skip-gram, negative sampling');
    expect(Object.keys(skipGram.results)).toEqual(['scalar']);
    expect(skipGram.gaps.cuda).toContain('out of memory on the device');
  });

  it('has an empty column where there is no GPU, with the reason', async () => {
    const { status, stdout } = await withGpu([...quick, '--device', 'all'], 'no-driver');
    expect(status).toBe(0);
    expect(stdout).toContain('cuda: not measured: no NVIDIA driver is installed\n');
    expect(stdout).toMatch(/^ +unit +scalar +cuda +x +loss$/m);
    expect(stdout).toMatch(/^skip-gram, negative sampling +M words\/s +[\d.]+ +- +- +[\d.]+$/m);
  });
});
