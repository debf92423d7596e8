#include "vectors/decimal.h"

#include <cfloat>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace wordmill {
namespace {

constexpr double powersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// A decimal number as it was written: digits * 10^exponent.
struct Decimal {
  uint64_t digits = 0;
  int64_t exponent = 0;
  int64_t significant = 0;  // digits from the first that is not zero on; all are in `digits` up to 19
  const char* end = nullptr;
};

bool isDigit(char c) { return c >= '0' && c <= '9'; }

Decimal scan(const char* p, const char* end) {
  Decimal number;
  bool any = false;
  const auto take = [&](int64_t scale) {
    for (; p < end && isDigit(*p); ++p) {
      any = true;
      if (number.significant < 19) number.digits = number.digits * 10 + static_cast<uint64_t>(*p - '0');
      number.significant += number.significant > 0 || *p != '0';
      number.exponent += scale;
    }
  };
  take(0);
  if (p < end && *p == '.') {
    ++p;
    take(-1);
  }
  if (!any) return number;
  number.end = p;
  if (p == end || (*p != 'e' && *p != 'E')) return number;
  ++p;
  const bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) ++p;
  if (p == end || !isDigit(*p)) return number;  // the letter belongs to something else
  int64_t exponent = 0;
  for (; p < end && isDigit(*p); ++p) {
    if (exponent < 1000000) exponent = exponent * 10 + (*p - '0');
  }
  number.exponent += negative ? -exponent : exponent;
  number.end = p;
  return number;
}

/// The exact way for most numbers: both factors are doubles without error, so that their product or quotient is
/// rounded once. False where that does not hold.
bool convertExactly(const Decimal& number, float& out) {
  constexpr uint64_t exactIntegers = uint64_t{1} << 53;
  if (number.significant > 19 || number.digits > exactIntegers || number.exponent < -22 || number.exponent > 22) {
    return false;
  }
  double value = static_cast<double>(number.digits);
  if (number.exponent < 0) {
    value /= powersOfTen[-number.exponent];
  } else {
    value *= powersOfTen[number.exponent];
  }
  if (value == 0) {
    out = 0;
    return true;
  }
  if (value < FLT_MIN || value > FLT_MAX) return false;
  // A double half-way between two floats may have been rounded to there: rounding it again could go the wrong way.
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  if ((bits & 0x1FFFFFFF) == 0x10000000) return false;
  out = static_cast<float>(value);
  return true;
}

}  // namespace

const char* parseDecimal(const char* begin, const char* end, float& out) {
  if (begin == end) return nullptr;
  const bool negative = *begin == '-';
  const char* digits = begin + (negative || *begin == '+');
  const Decimal number = scan(digits, end);
  if (number.end != nullptr && convertExactly(number, out)) {
    if (negative) out = -out;
    return number.end;
  }
  if (digits == end || *digits == '-') return nullptr;
  float value = 0;
  const std::from_chars_result result = std::from_chars(digits, end, value);
  if (result.ec == std::errc::invalid_argument) return nullptr;
  if (result.ec == std::errc::result_out_of_range) {
    value = number.significant + number.exponent > 0 ? std::numeric_limits<float>::infinity() : 0.0F;
    // Below the smallest normal number, more than zero may be left.
    double wide = 0;
    if (std::from_chars(digits, end, wide).ec == std::errc()) value = static_cast<float>(wide);
  }
  out = negative ? -value : value;
  return result.ptr;
}

char* writeFixed6(float value, char* out) {
  const double magnitude = std::fabs(static_cast<double>(value));
  if (!(magnitude < 9e9)) {
    return std::to_chars(out, out + maxDecimalBytes, static_cast<double>(value), std::chars_format::fixed, 6).ptr;
  }
  if (std::signbit(value)) *out++ = '-';
  // Exact: 24 bits of a float and 14 of 5^6 fit into a double. So this rounds half to even, as printf does.
  uint64_t scaled = static_cast<uint64_t>(std::llrint(magnitude * 1e6));
  char digits[24];
  char* first = digits + sizeof(digits);
  for (int i = 0; i < 6; ++i, scaled /= 10) *--first = static_cast<char>('0' + scaled % 10);
  *--first = '.';
  do {
    *--first = static_cast<char>('0' + scaled % 10);
    scaled /= 10;
  } while (scaled > 0);
  const size_t length = static_cast<size_t>(digits + sizeof(digits) - first);
  std::memcpy(out, first, length);
  return out + length;
}

char* writeShortest(float value, char* out) { return std::to_chars(out, out + maxDecimalBytes, value).ptr; }

}  // namespace wordmill
