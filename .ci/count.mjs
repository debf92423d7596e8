// Prints "PASSED FAILED": the tests that ctest (native/out/ctest.xml) and vitest (test-results/vitest.json) ran.
import { existsSync, readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;
if (existsSync('native/out/ctest.xml')) {
  const report = readFileSync('native/out/ctest.xml', 'utf8');
  const count = (name) => Number(report.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
  failed += count('failures');
  passed += count('tests') - count('failures') - count('skipped') - count('disabled');
}
if (existsSync('test-results/vitest.json')) {
  const report = JSON.parse(readFileSync('test-results/vitest.json', 'utf8'));
  // A file that cannot be loaded is a failed file without tests.
  const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  failed += report.numFailedTests + unloaded.length;
  passed += report.numPassedTests;
}
console.log(`${passed} ${failed}`);
