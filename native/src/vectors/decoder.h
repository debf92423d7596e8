#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "text/keys.h"
#include "vectors/row_collector.h"

namespace wordmill {

/// Bytes of a vector file, in pieces of any size, become a table and keys. Takes memory for the rows that came, one
/// more row, and, where the length of the file is known, never more than it can hold.
class Decoder {
 public:
  struct Result {
    std::shared_ptr<Table> table;
    std::shared_ptr<const Keys> keys;  // nullptr when the file has none
  };

  /// Throws WM_ERR_OPTION, WM_ERR_LIMIT, or WM_ERR_TRUNCATED when that many rows cannot be in that many bytes.
  static std::unique_ptr<Decoder> create(const wm_decoder_options& options);
  virtual ~Decoder() = default;

  /// Whether more is wanted.
  bool feed(const uint8_t* bytes, uint64_t length);
  Result finish();

 protected:
  explicit Decoder(const wm_decoder_options& options);

  /// Decodes whole rows at the start of `bytes`, at most wantedRows(), and returns how many bytes they took. Called
  /// again with what is left and more, or, with `last`, for the end of the file.
  virtual uint64_t decode(const uint8_t* bytes, uint64_t length, bool last) = 0;

  /// At most so many rows are still wanted.
  uint64_t wantedRows() const { return most_ - collector_.rows(); }
  uint64_t columns() const { return options_.columns; }
  const wm_decoder_options& options() const { return options_; }
  /// In the file, of a place `position` bytes after the start of what decode() was given.
  int64_t offsetOf(uint64_t position) const { return static_cast<int64_t>(options_.base + consumed_ + position); }
  void addKey(std::string_view key);
  void addRows(const void* values, uint64_t count) { collector_.append(values, count); }
  uint64_t rowsDone() const { return collector_.rows(); }

 private:
  wm_decoder_options options_;
  uint64_t most_;   // rows to be read, UINT64_MAX: until the end
  uint64_t least_;  // rows without which the file is truncated
  RowCollector collector_;
  std::vector<uint8_t> keyBytes_;
  std::vector<uint64_t> keyOffsets_{0};
  std::vector<uint8_t> carry_;  // the start of a row whose end has not come yet
  uint64_t consumed_ = 0;       // bytes before the carry
};

}  // namespace wordmill
