#include "vectors/decoder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "runtime/error.h"
#include "vectors/binary_decoder.h"
#include "vectors/text_decoder.h"

namespace wordmill {
namespace {

constexpr uint64_t maxColumns = uint64_t{1} << 20;

/// The least that a row can take, in text without the line end of the last row.
uint64_t leastRowBytes(const wm_decoder_options& options) {
  return options.layout == WM_LAYOUT_TEXT ? options.columns * 2 : options.columns * sizeof(float) + 1;
}

/// Rows for which memory can be taken at once, because the file is long enough for them.
uint64_t certainRows(const wm_decoder_options& options) {
  if (options.rows == UINT64_MAX || options.total_bytes == 0) return 0;
  const uint64_t rows = std::min(options.rows, options.limit);
  const uint64_t lineEnd = options.layout == WM_LAYOUT_TEXT ? 1 : 0;
  if (rows > (options.total_bytes + lineEnd) / leastRowBytes(options)) {
    throw Error(WM_ERR_TRUNCATED, "the header promises " + std::to_string(options.rows) + " rows of " +
                                      std::to_string(options.columns) + " numbers, for which the file is too short")
        .at(static_cast<int64_t>(options.base + options.total_bytes));
  }
  return rows;
}

}  // namespace

std::unique_ptr<Decoder> Decoder::create(const wm_decoder_options& options) {
  if (options.columns == 0) throw optionError("columns", "a row has at least one number");
  if (options.columns > maxColumns) {
    throw Error(WM_ERR_LIMIT, std::to_string(options.columns) + " numbers in a row are more than the 1048576 allowed");
  }
  requireWritable(static_cast<wm_dtype>(options.dtype));
  rowBytes(static_cast<wm_dtype>(options.dtype), 1);  // throws when it is none
  switch (options.layout) {
    case WM_LAYOUT_WORD2VEC_BINARY:
      if (options.rows == UINT64_MAX) throw optionError("rows", "a word2vec binary file says how many rows it has");
      return std::make_unique<BinaryDecoder>(options);
    case WM_LAYOUT_TEXT:
      if (options.separator != ' ' && options.separator != '\t') {
        throw optionError("separator", "the separator is a space or a tab");
      }
      return std::make_unique<TextDecoder>(options);
    default:
      throw optionError("layout", "layout is not a wm_layout");
  }
}

Decoder::Decoder(const wm_decoder_options& options)
    : options_(options),
      most_(std::min(options.rows, options.limit)),
      least_(options.rows == UINT64_MAX ? 0 : most_),
      collector_(static_cast<wm_dtype>(options.dtype), options.columns, certainRows(options)) {}

void Decoder::addKey(std::string_view key) {
  keyBytes_.insert(keyBytes_.end(), key.begin(), key.end());
  keyOffsets_.push_back(keyBytes_.size());
}

bool Decoder::feed(const uint8_t* bytes, uint64_t length) {
  // A row that began earlier: more and more of the new bytes, until it ends.
  while (!carry_.empty() && length > 0 && wantedRows() > 0) {
    const uint64_t added = std::min<uint64_t>(length, std::max<uint64_t>(carry_.size(), 4096));
    const uint64_t before = carry_.size();
    carry_.insert(carry_.end(), bytes, bytes + added);
    const uint64_t used = decode(carry_.data(), carry_.size(), false);
    consumed_ += used;
    if (used < before) {  // only line ends, or nothing
      carry_.erase(carry_.begin(), carry_.begin() + static_cast<ptrdiff_t>(used));
      bytes += added;
      length -= added;
    } else {
      carry_.clear();
      bytes += used - before;
      length -= used - before;
    }
  }
  while (length > 0 && wantedRows() > 0) {
    const uint64_t used = decode(bytes, length, false);
    consumed_ += used;
    bytes += used;
    length -= used;
    if (used == 0) {
      carry_.assign(bytes, bytes + length);
      break;
    }
  }
  return wantedRows() > 0;
}

Decoder::Result Decoder::finish() {
  uint64_t position = 0;
  while (wantedRows() > 0 && position < carry_.size()) {
    const uint64_t used = decode(carry_.data() + position, carry_.size() - position, true);
    consumed_ += used;
    position += used;
    if (used == 0) break;
  }
  if (rowsDone() < least_) {
    const uint64_t end = consumed_ + carry_.size() - position;
    throw Error(WM_ERR_TRUNCATED, "the file ends in row " + std::to_string(rowsDone() + 1) + " of " +
                                      std::to_string(options_.rows) + "; get it again")
        .at(static_cast<int64_t>(options_.base + end));
  }
  Result result;
  result.table = collector_.finish();
  if (options_.layout != WM_LAYOUT_TEXT || options_.has_keys != 0) {
    result.keys = Keys::adopt(std::move(keyBytes_), std::move(keyOffsets_));
  }
  return result;
}

}  // namespace wordmill
