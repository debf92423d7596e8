#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "wordmill.h"

namespace wordmill {

class Table;

/// Vectors cut into pieces of a few numbers, each of which is one of 256 centroids (Jegou et al. 2011). As in
/// fastText's files the last piece holds what is left.
class Codebook {
 public:
  static constexpr uint32_t size = 256;

  Codebook(uint32_t columns, uint32_t pieceLength)
      : columns_(columns), pieceLength_(pieceLength), centroids_(uint64_t{columns} * size) {}

  uint32_t columns() const { return columns_; }
  uint32_t pieceLength() const { return pieceLength_; }
  uint32_t pieces() const { return (columns_ + pieceLength_ - 1) / pieceLength_; }
  uint32_t lengthOf(uint32_t piece) const {
    return piece + 1 < pieces() ? pieceLength_ : columns_ - piece * pieceLength_;
  }
  /// The 256 centroids of a piece, one after another.
  float* centroidsOf(uint32_t piece) { return centroids_.data() + uint64_t{piece} * pieceLength_ * size; }
  const float* centroidsOf(uint32_t piece) const { return centroids_.data() + uint64_t{piece} * pieceLength_ * size; }
  std::vector<float>& centroids() { return centroids_; }
  const std::vector<float>& centroids() const { return centroids_; }

  /// Puts the centroids where they serve n vectors best (k-means), and codes[i * pieces() ..] for each of them.
  void learn(const float* vectors, uint64_t n, uint64_t seed, unsigned threads, const wm_signal* signal,
             uint8_t* codes);
  void decode(const uint8_t* codes, float* out) const;

 private:
  uint32_t columns_;
  uint32_t pieceLength_;
  std::vector<float> centroids_;
};

/// Rows of a table in a byte for every piece of a few numbers. With norms, the direction of a row and its length are
/// coded apart.
struct QuantizedRows {
  /// The rows `ids` of the table, or zeros for UINT32_MAX.
  static std::shared_ptr<const QuantizedRows> of(const Table& table, const uint32_t* ids, uint64_t n,
                                                 uint32_t pieceLength, bool norms, uint64_t seed, unsigned threads,
                                                 const wm_signal* signal);
  std::shared_ptr<Table> decode() const;

  QuantizedRows(uint64_t n, uint32_t columns, uint32_t pieceLength)
      : rows(n), book(columns, pieceLength), normBook(1, 1) {}

  uint64_t rows;
  Codebook book;
  std::vector<uint8_t> codes;
  Codebook normBook;
  std::vector<uint8_t> normCodes;  // empty without norms
};

}  // namespace wordmill
