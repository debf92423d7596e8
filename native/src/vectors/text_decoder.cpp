#include "vectors/text_decoder.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>

#include "runtime/error.h"
#include "runtime/parallel.h"
#include "vectors/decimal.h"

namespace wordmill {
namespace {

/// What is decoded at a time, so that the numbers of one step stay small.
constexpr uint64_t stepBytes = uint64_t{1} << 20;
/// Less text than that is not worth another thread.
constexpr uint64_t bytesPerThread = uint64_t{1} << 17;
/// Longer numbers than anybody writes: %lf of the largest double has 317.
constexpr uint64_t maxNumberBytes = 320;

}  // namespace

TextDecoder::TextDecoder(const wm_decoder_options& options)
    : Decoder(options),
      separator_(static_cast<char>(options.separator)),
      hasKeys_(options.has_keys != 0),
      maxLineBytes_(options.max_key_bytes + options.columns * (maxNumberBytes + 1) + 2),
      threads_(availableThreads()) {}

/// Lines are numbered from where the decoder began.
std::string TextDecoder::lineName(uint64_t number) const {
  // Three bytes may be a byte order mark, more are a header.
  return "line " + std::to_string(number) + (options().base > 3 ? " after the header" : "");
}

uint64_t TextDecoder::decode(const uint8_t* bytes, uint64_t length, bool last) {
  const char* start = reinterpret_cast<const char*>(bytes);
  const char* end = start + length;
  const char* p = start;
  lines_.clear();
  const char* const stop = start + std::min(length, stepBytes);
  bool unfinished = false;
  while (p < stop && lines_.size() < wantedRows()) {
    const uint64_t most = std::min(static_cast<uint64_t>(end - p), maxLineBytes_ + 1);
    const char* lineFeed = static_cast<const char*>(std::memchr(p, '\n', most));
    if (lineFeed == nullptr && most > maxLineBytes_) {
      throw Error(WM_ERR_LIMIT, lineName(rowsDone() + lines_.size() + 1) + " is longer than " +
                                    std::to_string(maxLineBytes_) + " bytes; is it a file of vectors?")
          .at(offsetOf(static_cast<uint64_t>(p - start)));
    }
    if (lineFeed == nullptr && !last) break;
    unfinished = lineFeed == nullptr;
    takeLine(start, p, unfinished ? end : lineFeed);
    p = unfinished ? end : lineFeed + 1;
  }
  parseLines(start, unfinished);
  return static_cast<uint64_t>(p - start);
}

void TextDecoder::takeLine(const char* start, const char* begin, const char* end) {
  if (end > begin && end[-1] == '\r') --end;
  if (begin == end) {
    ++blankLines_;
    return;
  }
  if (blankLines_ > 0) {
    throw Error(WM_ERR_FORMAT, lineName(rowsDone() + lines_.size() + 1) + " is blank")
        .at(offsetOf(static_cast<uint64_t>(begin - start)));
  }
  while (end > begin && end[-1] == separator_) --end;
  lines_.push_back({begin, end, 0});
}

void TextDecoder::parseLines(const char* start, bool unfinished) {
  if (lines_.empty()) return;
  const uint64_t count = lines_.size();
  values_.resize(count * columns());
  const uint64_t bytes = static_cast<uint64_t>(lines_.back().end - lines_.front().begin);
  const uint64_t parts = std::max<uint64_t>(1, std::min<uint64_t>({threads_, bytes / bytesPerThread, count}));
  // The first line at fault, whichever thread finds one first.
  std::vector<std::pair<uint64_t, Fault>> faults(parts, {count, Fault::None});
  parallelFor(parts, threads_, [&](uint64_t part) {
    for (uint64_t i = count * part / parts; i < count * (part + 1) / parts; ++i) {
      const Fault fault = parseLine(lines_[i], values_.data() + i * columns());
      if (fault != Fault::None) {
        faults[part] = {i, fault};
        return;
      }
    }
  });
  for (const auto& [index, fault] : faults) {
    if (fault != Fault::None) fail(fault, start, lines_[index], index, unfinished && index + 1 == count);
  }
  if (hasKeys_) {
    if (rowsDone() == 0 && looksLikeMoreNumbers(lines_.front())) {
      fail(Fault::Numbers, start, lines_.front(), 0, false);
    }
    for (const Line& line : lines_) addKey({line.begin, line.keyLength});
  }
  addRows(values_.data(), count);
}

bool TextDecoder::parseNumbers(const char* p, const char* end, float* out) const {
  const uint64_t count = columns();
  for (uint64_t i = 0; i < count; ++i) {
    p = parseDecimal(p, end, out[i]);
    if (p == nullptr) return false;
    if (i + 1 == count) break;
    if (p == end || *p != separator_) return false;
    while (p < end && *p == separator_) ++p;
  }
  return p == end;
}

TextDecoder::Fault TextDecoder::parseLine(Line& line, float* out) const {
  const uint64_t length = static_cast<uint64_t>(line.end - line.begin);
  if (!hasKeys_) return parseNumbers(line.begin, line.end, out) ? Fault::None : splitFromRight(line, out);
  const char* separator = static_cast<const char*>(std::memchr(line.begin, separator_, length));
  // Most keys hold no separator.
  if (separator != nullptr && separator[1] != separator_ && parseNumbers(separator + 1, line.end, out)) {
    line.keyLength = static_cast<uint64_t>(separator - line.begin);
  } else {
    const Fault fault = splitFromRight(line, out);
    if (fault != Fault::None) return fault;
  }
  return line.keyLength > options().max_key_bytes ? Fault::LongKey : Fault::None;
}

TextDecoder::Fault TextDecoder::splitFromRight(Line& line, float* out) const {
  const char* p = line.end;
  for (uint64_t i = 0; i < columns(); ++i) {
    if (i > 0) {
      while (p > line.begin && p[-1] == separator_) --p;
    }
    const char* fieldEnd = p;
    while (p > line.begin && p[-1] != separator_) --p;
    if (p == fieldEnd) return Fault::Numbers;
  }
  if (hasKeys_ ? p == line.begin : p != line.begin) return Fault::Numbers;
  line.keyLength = hasKeys_ ? static_cast<uint64_t>(p - line.begin) - 1 : 0;
  return parseNumbers(p, line.end, out) ? Fault::None : Fault::NotANumber;
}

/// Rows longer than promised would pass as rows with numbers in their keys. Real keys do end with numbers now and then,
/// but not the first one of a file, which is the most frequent word.
bool TextDecoder::looksLikeMoreNumbers(const Line& line) const {
  const std::string_view key(line.begin, line.keyLength);
  const size_t space = key.rfind(separator_);
  if (space == std::string_view::npos || space + 1 == key.size()) return false;
  float ignored;
  return parseDecimal(key.data() + space + 1, key.data() + key.size(), ignored) == key.data() + key.size();
}

void TextDecoder::fail(Fault fault, const char* start, const Line& line, uint64_t index, bool unfinished) const {
  const std::string name = lineName(rowsDone() + index + 1);
  const int64_t offset = offsetOf(static_cast<uint64_t>(line.begin - start));
  if (unfinished) {
    throw Error(WM_ERR_TRUNCATED, "the file ends within " + name + "; get it again")
        .at(offset + (line.end - line.begin));
  }
  if (fault == Fault::LongKey) {
    throw Error(WM_ERR_LIMIT,
                "the key of " + name + " is longer than " + std::to_string(options().max_key_bytes) + " bytes")
        .at(offset);
  }
  uint64_t fields = 0;
  for (const char* p = line.begin; p < line.end; ++p) {
    fields += *p != separator_ && (p + 1 == line.end || p[1] == separator_);
  }
  const std::string expected = std::to_string(columns()) + (hasKeys_ ? " numbers after a key" : " numbers");
  if (fault == Fault::Numbers) {
    throw Error(WM_ERR_FORMAT, name + " has " + std::to_string(fields) + " fields where " + expected + " are expected")
        .at(offset);
  }
  throw Error(WM_ERR_FORMAT, name + " does not end with " + expected + ": one of its fields is none").at(offset);
}

}  // namespace wordmill
