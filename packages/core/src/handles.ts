/** What is made on the way, to be freed when something fails, and what has had its use. */
export class Handles {
  readonly #made: { dispose(): void }[] = [];

  keep<Handle extends { dispose(): void }>(handle: Handle): Handle {
    this.#made.push(handle);
    return handle;
  }

  dispose(): void {
    for (const handle of this.#made) handle.dispose();
  }
}
