#include "quantize/product_quantizer.h"

#include <algorithm>
#include <cmath>

#include "kernels/select.h"
#include "matrix/packed_product.h"
#include "memory/table.h"
#include "memory/table_access.h"
#include "runtime/parallel.h"
#include "runtime/signal.h"
#include "sampling/permutation.h"
#include "sampling/random.h"

namespace wordmill {
namespace {

/// As in the reference: rounds of k-means, and vectors that it looks at.
constexpr int kRounds = 25;
constexpr uint64_t kSample = 65536;
/// Vectors that are compared with all centroids in one product.
constexpr uint64_t kBatch = 512;

/// Finds the nearest centroids of one piece: |x - c|^2 is least where x . c - |c|^2 / 2 is greatest, which is a product
/// with one more number.
class Nearest {
 public:
  explicit Nearest(uint32_t length)
      : length_(length), left_(PackedVectors::Side::kLeft), right_(PackedVectors::Side::kRight) {}

  void setCentroids(const float* centroids) {
    std::vector<float> extended(uint64_t{Codebook::size} * (length_ + 1));
    for (uint32_t k = 0; k < Codebook::size; ++k) {
      const float* const centroid = centroids + uint64_t{k} * length_;
      float* const out = extended.data() + uint64_t{k} * (length_ + 1);
      float square = 0.0F;
      for (uint32_t c = 0; c < length_; ++c) square += centroid[c] * centroid[c];
      std::copy_n(centroid, length_, out);
      out[length_] = -0.5F * square;
    }
    right_.packRows(extended.data(), length_ + 1, Codebook::size, length_ + 1);
  }

  /// `pieces`: n x length, dense.
  void find(const float* pieces, uint64_t n, uint8_t* out, uint64_t outStride) {
    const Kernels& kernel = kernels();
    extended_.resize(kBatch * (length_ + 1));
    scores_.resize(kBatch * Codebook::size);
    for (uint64_t first = 0; first < n; first += kBatch) {
      const uint64_t count = std::min(kBatch, n - first);
      for (uint64_t i = 0; i < count; ++i) {
        float* const to = extended_.data() + i * (length_ + 1);
        std::copy_n(pieces + (first + i) * length_, length_, to);
        to[length_] = 1.0F;
      }
      left_.packRows(extended_.data(), length_ + 1, count, length_ + 1);
      multiply(left_, right_, scores_.data(), Codebook::size, false);
      for (uint64_t i = 0; i < count; ++i) {
        const float* const scores = scores_.data() + i * Codebook::size;
        const float best = kernel.maxOf(scores, Codebook::size);
        // Not a number is equal to nothing: the first centroid then.
        const float* const found = std::find(scores, scores + Codebook::size, best);
        out[(first + i) * outStride] =
            found == scores + Codebook::size ? uint8_t{0} : static_cast<uint8_t>(found - scores);
      }
    }
  }

 private:
  const uint32_t length_;
  PackedVectors left_;
  PackedVectors right_;
  std::vector<float> extended_;
  std::vector<float> scores_;
};

/// One round: every centroid to the middle of what is nearest to it; one that is nearest to nothing beside one that has
/// much, which then share.
void moveCentroids(const std::vector<float>& pieces, uint32_t length, const std::vector<uint8_t>& nearest,
                   RandomStream& random, float* centroids) {
  const uint64_t n = nearest.size();
  std::vector<double> sums(uint64_t{Codebook::size} * length, 0.0);
  std::vector<uint64_t> counts(Codebook::size, 0);
  for (uint64_t i = 0; i < n; ++i) {
    ++counts[nearest[i]];
    for (uint32_t c = 0; c < length; ++c) sums[uint64_t{nearest[i]} * length + c] += pieces[i * length + c];
  }
  for (uint32_t k = 0; k < Codebook::size; ++k) {
    if (counts[k] == 0) continue;
    for (uint32_t c = 0; c < length; ++c) {
      centroids[uint64_t{k} * length + c] =
          static_cast<float>(sums[uint64_t{k} * length + c] / static_cast<double>(counts[k]));
    }
  }
  for (uint32_t k = 0; k < Codebook::size; ++k) {
    if (counts[k] > 0) continue;
    // A vector at random belongs to a large cluster most often.
    const uint32_t other = nearest[random.below(static_cast<uint32_t>(n))];
    if (counts[other] < 2) continue;
    counts[k] = counts[other] / 2;
    counts[other] -= counts[k];
    for (uint32_t c = 0; c < length; ++c) {
      float& from = centroids[uint64_t{other} * length + c];
      const float step = (c % 2 == 0 ? 1e-3F : -1e-3F) * (std::fabs(from) + 1e-6F);
      centroids[uint64_t{k} * length + c] = from + step;
      from -= step;
    }
  }
}

void learnPiece(const float* vectors, uint64_t n, uint32_t columns, uint32_t firstColumn, uint32_t length,
                uint64_t seed, const wm_signal* signal, float* centroids, uint8_t* codes, uint64_t codeStride) {
  std::vector<float> all(n * length);
  for (uint64_t i = 0; i < n; ++i) std::copy_n(vectors + i * columns + firstColumn, length, all.data() + i * length);
  const uint64_t sampled = std::min(n, kSample);
  const Permutation order(seed, firstColumn, n);
  std::vector<float> sample(sampled * length);
  for (uint64_t i = 0; i < sampled; ++i)
    std::copy_n(all.data() + order(i) * length, length, sample.data() + i * length);
  // With fewer vectors than centroids, each has its own.
  std::copy_n(sample.data(), std::min<uint64_t>(sampled, Codebook::size) * length, centroids);

  Nearest nearest(length);
  RandomStream random(seed, firstColumn, n);
  std::vector<uint8_t> assigned(sampled);
  for (int round = 0; round < kRounds && sampled > Codebook::size; ++round) {
    throwIfRaised(signal);
    nearest.setCentroids(centroids);
    nearest.find(sample.data(), sampled, assigned.data(), 1);
    moveCentroids(sample, length, assigned, random, centroids);
  }
  nearest.setCentroids(centroids);
  nearest.find(all.data(), n, codes, codeStride);
}

}  // namespace

void Codebook::learn(const float* vectors, uint64_t n, uint64_t seed, unsigned threads, const wm_signal* signal,
                     uint8_t* codes) {
  parallelFor(pieces(), threads, [&](uint64_t task) {
    const auto piece = static_cast<uint32_t>(task);
    learnPiece(vectors, n, columns_, piece * pieceLength_, lengthOf(piece), seed, signal, centroidsOf(piece),
               codes + piece, pieces());
  });
}

void Codebook::decode(const uint8_t* codes, float* out) const {
  for (uint32_t piece = 0; piece < pieces(); ++piece) {
    const uint32_t length = lengthOf(piece);
    out = std::copy_n(centroidsOf(piece) + uint64_t{codes[piece]} * length, length, out);
  }
}

std::shared_ptr<const QuantizedRows> QuantizedRows::of(const Table& table, const uint32_t* ids, uint64_t n,
                                                       uint32_t pieceLength, bool norms, uint64_t seed,
                                                       unsigned threads, const wm_signal* signal) {
  const auto columns = static_cast<uint32_t>(table.columns());
  const auto made = std::make_shared<QuantizedRows>(n, columns, pieceLength);
  std::vector<float> vectors(n * columns, 0.0F);
  for (uint64_t i = 0; i < n; ++i) {
    if (ids[i] != UINT32_MAX) widenRow(table, ids[i], vectors.data() + i * columns);
  }
  if (norms) {
    std::vector<float> lengths(n);
    kernels().squaredLengths(vectors.data(), columns * sizeof(float), kRowF32, n, columns, lengths.data());
    for (uint64_t i = 0; i < n; ++i) {
      lengths[i] = std::sqrt(lengths[i]);
      if (lengths[i] == 0.0F) continue;
      for (uint32_t c = 0; c < columns; ++c) vectors[i * columns + c] /= lengths[i];
    }
    made->normCodes.resize(n);
    made->normBook.learn(lengths.data(), n, seed, threads, signal, made->normCodes.data());
  }
  made->codes.resize(n * made->book.pieces());
  made->book.learn(vectors.data(), n, seed, threads, signal, made->codes.data());
  return made;
}

std::shared_ptr<Table> QuantizedRows::decode() const {
  std::shared_ptr<Table> table = Table::create(WM_F32, rows, book.columns());
  for (uint64_t i = 0; i < rows; ++i) {
    float* const out = table->trainable() + i * table->floatStride();
    book.decode(codes.data() + i * book.pieces(), out);
    if (normCodes.empty()) continue;
    const float length = normBook.centroids()[normCodes[i]];
    for (uint32_t c = 0; c < book.columns(); ++c) out[c] *= length;
  }
  return table;
}

}  // namespace wordmill
