/** The name that packages of ready binaries have for this machine: `linux-x64`. */
export function platform(): string {
  const name = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' && isMusl() ? `${name}-musl` : name;
}

function isMusl(): boolean {
  const report = process.report.getReport() as unknown as {
    readonly header: { readonly glibcVersionRuntime?: string };
  };
  return report.header.glibcVersionRuntime === undefined;
}
