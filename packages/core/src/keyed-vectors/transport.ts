/**
 * The cost of the cheapest way to bring whole-numbered supplies to demands of the same sum; `costs[i * demands + j]` is that of one
 * unit from i to j, not negative. Exact: successive shortest paths, found by Dijkstra's algorithm on reduced costs.
 */
export function minimumCostTransport(supplies: number[], demands: number[], costs: Float64Array): number {
  const flow = new TransportFlow(supplies, demands, costs);
  while (flow.augment());
  return flow.cost();
}

class TransportFlow {
  readonly #sources: number;
  readonly #sinks: number;
  readonly #costs: Float64Array;
  /** what is left to bring and to be brought; sources first, then sinks */
  readonly #left: Float64Array;
  readonly #flow: Float64Array;
  /** keep the reduced cost of every arc that can be used at 0 or more */
  readonly #potential: Float64Array;
  readonly #distance: Float64Array;
  readonly #before: Int32Array;
  readonly #done: Uint8Array;

  constructor(supplies: readonly number[], demands: readonly number[], costs: Float64Array) {
    this.#sources = supplies.length;
    this.#sinks = demands.length;
    this.#costs = costs;
    this.#left = Float64Array.from([...supplies, ...demands]);
    this.#flow = new Float64Array(costs.length);
    this.#potential = new Float64Array(this.#left.length);
    this.#distance = new Float64Array(this.#left.length);
    this.#before = new Int32Array(this.#left.length);
    this.#done = new Uint8Array(this.#left.length);
  }

  /** Brings as much as possible along one shortest path; false when everything has been brought. */
  augment(): boolean {
    const sink = this.#shortestPath();
    if (sink < 0) return false;
    let amount = this.#left[sink]!;
    let source = sink;
    for (let node = sink; this.#before[node]! >= 0; node = source) {
      source = this.#before[node]!;
      if (source >= this.#sources) amount = Math.min(amount, this.#flow[this.#arc(node, source)]!);
    }
    amount = Math.min(amount, this.#left[source]!);
    for (let node = sink; node !== source; node = this.#before[node]!) {
      const previous = this.#before[node]!;
      if (previous < this.#sources) this.#flow[this.#arc(previous, node)]! += amount;
      else this.#flow[this.#arc(node, previous)]! -= amount;
    }
    this.#left[source]! -= amount;
    this.#left[sink]! -= amount;
    return true;
  }

  cost(): number {
    return this.#flow.reduce((sum, amount, arc) => sum + amount * this.#costs[arc]!, 0);
  }

  #arc(source: number, sink: number): number {
    return source * this.#sinks + (sink - this.#sources);
  }

  /** The nearest sink with demand left, from any source with supply left; -1 when there is none. */
  #shortestPath(): number {
    const distance = this.#distance;
    distance.fill(Number.POSITIVE_INFINITY);
    this.#before.fill(-1);
    this.#done.fill(0);
    for (let source = 0; source < this.#sources; source++) if (this.#left[source]! > 0) distance[source] = 0;
    for (;;) {
      const node = this.#nearest();
      if (node < 0) return -1;
      if (node >= this.#sources && this.#left[node]! > 0) {
        this.#raisePotentials(distance[node]!);
        return node;
      }
      this.#done[node] = 1;
      if (node < this.#sources) this.#relaxSource(node);
      else this.#relaxSink(node);
    }
  }

  #nearest(): number {
    let nearest = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let node = 0; node < this.#distance.length; node++) {
      if (this.#done[node] !== 0 || this.#distance[node]! >= least) continue;
      nearest = node;
      least = this.#distance[node]!;
    }
    return nearest;
  }

  #relaxSource(source: number): void {
    for (let sink = this.#sources; sink < this.#distance.length; sink++) {
      const cost = this.#costs[this.#arc(source, sink)]!;
      this.#relax(source, sink, cost + this.#potential[source]! - this.#potential[sink]!);
    }
  }

  /** From a sink, what was brought can be taken back. */
  #relaxSink(sink: number): void {
    for (let source = 0; source < this.#sources; source++) {
      const arc = this.#arc(source, sink);
      if (this.#flow[arc]! > 0) {
        this.#relax(sink, source, this.#potential[sink]! - this.#potential[source]! - this.#costs[arc]!);
      }
    }
  }

  #relax(from: number, to: number, reducedCost: number): void {
    // Rounding can make a reduced cost of 0 slightly negative, which Dijkstra's algorithm does not bear.
    const distance = this.#distance[from]! + Math.max(0, reducedCost);
    if (this.#done[to] !== 0 || distance >= this.#distance[to]!) return;
    this.#distance[to] = distance;
    this.#before[to] = from;
  }

  #raisePotentials(limit: number): void {
    for (let node = 0; node < this.#potential.length; node++) {
      this.#potential[node]! += Math.min(this.#distance[node]!, limit);
    }
  }
}
