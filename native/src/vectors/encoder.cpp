#include "vectors/encoder.h"

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "memory/table_access.h"
#include "runtime/error.h"
#include "vectors/decimal.h"

namespace wordmill {
namespace {

/// Bytes that go into a bounded place; what does not fit is remembered, not written.
class Output {
 public:
  Output(uint8_t* out, uint64_t capacity) : out_(reinterpret_cast<char*>(out)), capacity_(capacity) {}

  void put(const void* bytes, uint64_t length) {
    if (length > capacity_ - used_) {
      full_ = true;
    } else if (length > 0) {
      std::memcpy(out_ + used_, bytes, length);
      used_ += length;
    }
  }
  void put(char byte) { put(&byte, 1); }
  void putNumber(float value, int32_t style) {
    const auto write = style == WM_NUMBERS_FIXED6 ? writeFixed6 : writeShortest;
    if (capacity_ - used_ >= maxDecimalBytes) {
      used_ = static_cast<uint64_t>(write(value, out_ + used_) - out_);
    } else {
      char digits[maxDecimalBytes];
      put(digits, static_cast<uint64_t>(write(value, digits) - digits));
    }
  }
  bool full() const { return full_; }
  uint64_t used() const { return used_; }

 private:
  char* out_;
  uint64_t capacity_;
  uint64_t used_ = 0;
  bool full_ = false;
};

void checkKey(std::string_view key, uint64_t row, int32_t style) {
  const bool binary = style == WM_NUMBERS_BINARY;
  const bool fits = binary ? key.find(' ') == std::string_view::npos && key.substr(0, 1) != "\n"
                           : key.find('\n') == std::string_view::npos;
  if (fits) return;
  throw Error(WM_ERR_FORMAT, "the key of row " + std::to_string(row) +
                                 (binary ? " holds a space or begins with a line feed, which word2vec's binary format"
                                         : " holds a line feed, which a text format") +
                                 " cannot represent; save as safetensors");
}

}  // namespace

Encoded encodeRows(const Table& table, const Keys* keys, uint64_t firstRow, const wm_encode_options& options,
                   uint8_t* out, uint64_t capacity) {
  const uint64_t columns = table.columns();
  std::vector<float> values(columns);
  Output output(out, capacity);
  Encoded done;
  for (uint64_t row = firstRow; row < table.rows(); ++row) {
    readRows(table, row, 1, WM_F32, values.data());
    if (keys != nullptr) {
      const std::string_view key = keys->at(row);
      checkKey(key, row, options.style);
      output.put(key.data(), key.size());
    }
    if (options.style == WM_NUMBERS_BINARY) {
      output.put(' ');
      output.put(values.data(), columns * sizeof(float));
    } else {
      const char separator = static_cast<char>(options.separator);
      for (uint64_t i = 0; i < columns && !output.full(); ++i) {
        if (keys != nullptr || i > 0) output.put(separator);
        output.putNumber(values[i], options.style);
      }
      if (options.trailing_separator != 0) output.put(separator);
    }
    output.put('\n');
    if (output.full()) break;
    ++done.rows;
    done.bytes = output.used();
  }
  if (done.rows == 0 && firstRow < table.rows()) {
    throw Error(WM_ERR_LIMIT, "row " + std::to_string(firstRow) + " takes more than " + std::to_string(capacity) +
                                  " bytes; come again with more room");
  }
  return done;
}

}  // namespace wordmill
