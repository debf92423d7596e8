// Prints "PASSED FAILED", the tests that ctest (native/out/ctest.xml) and vitest (test-results/vitest.json) ran, and
// then a line for each that failed: its file, its name and the first line of what it says.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

let passed = 0;
let failed = 0;
const failures = [];
if (existsSync('native/out/ctest.xml')) {
  const report = readFileSync('native/out/ctest.xml', 'utf8');
  const count = (name) => Number(report.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
  failed += count('failures');
  passed += count('tests') - count('failures') - count('skipped') - count('disabled');
  for (const [, name] of report.matchAll(/<testcase name="([^"]*)"[^>]*status="fail"/g)) failures.push(`ctest ${name}`);
}
if (existsSync('test-results/vitest.json')) {
  const report = JSON.parse(readFileSync('test-results/vitest.json', 'utf8'));
  // A file that cannot be loaded is a failed file without tests.
  const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  failed += report.numFailedTests + unloaded.length;
  passed += report.numPassedTests;
  const describe = (file, name, message) =>
    failures.push([relative('.', file.name), name, message?.split('\n')[0]].filter(Boolean).join(': '));
  for (const file of unloaded) describe(file, '', file.message);
  for (const file of report.testResults)
    for (const test of file.assertionResults)
      if (test.status === 'failed') describe(file, test.fullName, test.failureMessages[0]);
}
console.log([`${passed} ${failed}`, ...failures].join('\n'));
