// Alias table, Huffman tree and random streams against their definitions.

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "check.h"
#include "sampling/alias_table.h"
#include "sampling/huffman.h"
#include "sampling/permutation.h"
#include "sampling/random.h"

using namespace wordmill;

namespace {

void testAliasTable() {
  std::vector<uint64_t> counts = {1000, 500, 300, 0, 50, 7, 1};
  for (const double exponent : {0.75, 1.0, 0.0, 0.5, -0.5}) {
    const AliasTable table(counts, exponent);
    RandomStream random(1, 2, 3);
    std::vector<uint32_t> draws(2000000);
    table.draw(random, draws.data(), draws.size());
    std::vector<double> seen(counts.size(), 0.0);
    for (const uint32_t row : draws) seen[row] += 1.0;
    double total = 0.0;
    for (const uint64_t count : counts) total += count > 0 ? std::pow(count, exponent) : 0.0;
    for (size_t i = 0; i < counts.size(); ++i) {
      const double share = counts[i] > 0 ? std::pow(counts[i], exponent) / total : 0.0;
      const double tolerance = 5.0 * std::sqrt(share / static_cast<double>(draws.size()));
      CHECK_NEAR(seen[i] / static_cast<double>(draws.size()), share, tolerance);
    }
  }
  const AliasTable single({5}, 0.75);
  RandomStream random(1, 1, 1);
  uint32_t row = 9;
  single.draw(random, &row, 1);
  CHECK_EQUAL(row, 0U);
}

/// Total length of the codes times counts, by the textbook: merge the two lightest until one is left.
uint64_t optimalLength(const std::vector<uint64_t>& counts) {
  std::multimap<uint64_t, int> heap;
  for (const uint64_t count : counts) heap.emplace(count, 0);
  uint64_t total = 0;
  while (heap.size() > 1) {
    const uint64_t a = heap.begin()->first;
    heap.erase(heap.begin());
    const uint64_t b = heap.begin()->first;
    heap.erase(heap.begin());
    heap.emplace(a + b, 0);
    total += a + b;
  }
  return total;
}

void testHuffman() {
  RandomStream random(4, 5, 6);
  for (const size_t n : {2UL, 3UL, 10UL, 257UL}) {
    std::vector<uint64_t> counts(n);
    for (uint64_t& count : counts) count = random.below(1000);
    const HuffmanTree tree(counts);
    uint64_t length = 0;
    double kraft = 0.0;
    std::map<std::vector<std::pair<uint32_t, float>>, int> seen;
    for (uint32_t i = 0; i < n; ++i) {
      const HuffmanTree::Path path = tree.path(i);
      length += counts[i] * path.length;
      kraft += std::pow(0.5, path.length);
      CHECK(path.length >= 1 && path.length <= tree.longestPath());
      CHECK_EQUAL(path.nodes[0], static_cast<uint32_t>(n - 2));
      std::vector<std::pair<uint32_t, float>> steps;
      for (uint32_t k = 0; k < path.length; ++k) {
        CHECK(path.nodes[k] < n - 1 && (path.signs[k] == 1.0F || path.signs[k] == -1.0F));
        steps.emplace_back(path.nodes[k], path.signs[k]);
      }
      CHECK(seen.emplace(steps, 0).second);
    }
    CHECK_EQUAL(length, optimalLength(counts));
    CHECK_NEAR(kraft, 1.0, 1e-12);
  }
  // Counts that grow like Fibonacci numbers make the deepest tree; word2vec.c writes beyond its 40 places there.
  std::vector<uint64_t> deep = {1, 1};
  while (deep.size() < 80) deep.push_back(deep[deep.size() - 1] + deep[deep.size() - 2]);
  CHECK_EQUAL(HuffmanTree(deep).longestPath(), 79U);
}

void testRandom() {
  RandomStream a(1, 0, 0);
  RandomStream b(1, 0, 1);
  CHECK(a.next() != b.next());
  double sum = 0.0;
  for (uint64_t i = 0; i < 100000; ++i) sum += unitInterval(randomAt(7, i / 300, i % 300));
  CHECK_NEAR(sum / 100000.0, 0.5, 0.005);
  std::vector<int> counts(5, 0);
  for (int i = 0; i < 100000; ++i) ++counts[a.below(5)];
  for (const int count : counts) CHECK_NEAR(count, 20000, 700);
}

void testPermutation() {
  for (const uint64_t size : {1, 2, 3, 16, 17, 1000}) {
    std::vector<int> seen(size, 0);
    const Permutation order(5, 1, size);
    for (uint64_t i = 0; i < size; ++i) ++seen[order(i)];
    for (const int times : seen) CHECK_EQUAL(times, 1);
  }
  uint64_t same = 0;
  const Permutation first(5, 1, 1000);
  const Permutation second(5, 2, 1000);
  for (uint64_t i = 0; i < 1000; ++i) same += first(i) == second(i) || first(i) == i ? 1 : 0;
  CHECK(same < 12);
}

}  // namespace

int main() {
  testPermutation();
  testAliasTable();
  testHuffman();
  testRandom();
  return checkResult();
}
