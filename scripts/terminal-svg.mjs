// COMMAND | node scripts/terminal-svg.mjs 'TITLE' > picture.svg: what a command printed, as a picture of a terminal.
// The one in the README: node scripts/run-built.mjs examples/demo.mjs | node scripts/terminal-svg.mjs '$ npx -y pnpm@12 demo' > docs/demo.svg
import { text } from 'node:stream/consumers';

const [fontSize, advance, leading, margin] = [14, 8.43, 20, 24];
const escaped = (line) => line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const lines = [process.argv[2], '', ...(await text(process.stdin)).trimEnd().split('\n')];
const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * advance + 2 * margin);
const height = lines.length * leading + 2 * margin;
const rows = lines.map((line, i) => {
  const colour = i === 0 ? ' fill="#7ee787"' : '';
  return `<text x="${margin}" y="${margin + (i + 0.75) * leading}"${colour}>${escaped(line)}</text>`;
});
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${escaped(process.argv[2])}</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="${fontSize}" fill="#e6edf3" xml:space="preserve" style="white-space: pre">
${rows.join('\n')}
</g>
</svg>`);
