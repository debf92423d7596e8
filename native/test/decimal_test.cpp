// Decimal numbers, both ways, against the C library.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "check.h"
#include "vectors/decimal.h"

using namespace wordmill;

namespace {

uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

float fromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// Reads all of the text; a number of another length is a failure.
float parse(const std::string& text) {
  float value = -12345;
  const char* end = parseDecimal(text.data(), text.data() + text.size(), value);
  check::report(end == text.data() + text.size(), __FILE__, __LINE__, "reads all of " + text);
  return value;
}

std::string print(const char* format, double value) {
  char text[400];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

void readsLikeTheLibrary() {
  uint64_t wrong = 0;
  std::mt19937 random(1);
  for (int i = 0; i < 300000; ++i) {
    const float value = fromBits(static_cast<uint32_t>(random()));
    if (!std::isfinite(value)) continue;
    const float small = static_cast<float>(static_cast<int32_t>(random())) / 2147483648.0F;
    for (const std::string& text :
         {print("%.9g", static_cast<double>(value)), print("%.6f", static_cast<double>(small)),
          print("%.17g", static_cast<double>(small)), print("%.5g", static_cast<double>(value))}) {
      if (bitsOf(parse(text)) == bitsOf(std::strtof(text.c_str(), nullptr))) continue;
      ++wrong;
      std::fprintf(stderr, "wrong: %s\n", text.c_str());
    }
  }
  CHECK_EQUAL(wrong, 0U);
  for (const char* text : {"0",
                           "-0",
                           "+1",
                           "-1.5",
                           ".5",
                           "5.",
                           "1e3",
                           "1E-3",
                           "1e+3",
                           "00012.500",
                           "1e22",
                           "1e23",
                           "123456789012345678",
                           "1234567890123456789012345678901234567890",
                           "0.000000000000000000000000000000000000000001",
                           "3.4028234e38",
                           "3.4028235677973366e38",
                           "3.5e38",
                           "1e400",
                           "-1e400",
                           "1e-400",
                           "1.1754944e-38",
                           "1e-45",
                           "7e-46",
                           "-1e-60",
                           "0e999999999999",
                           "1e999999999999",
                           "1e-999999999999",
                           "16777217",
                           "16777219.0000000000000000001",
                           "0.50000005960464477539062500000000000000000001",
                           "9007199254740993e-15",
                           "1.00000017881393432617187499",
                           "1.00000017881393432617187500",
                           "1.00000017881393432617187501"}) {
    check::report(bitsOf(parse(text)) == bitsOf(std::strtof(text, nullptr)), __FILE__, __LINE__, text);
  }
}

/// Half-way between two floats, a hair above and below: where rounding first to double goes wrong.
void roundsOnce() {
  std::mt19937 random(2);
  uint64_t wrong = 0;
  for (int i = 0; i < 100000; ++i) {
    const float value = fromBits(0x30000000U + static_cast<uint32_t>(random()) % 0x20000000U);
    const double half = (static_cast<double>(value) + static_cast<double>(std::nextafter(value, 1e30F))) / 2;
    for (const double edge : {half, std::nextafter(half, 0.0), std::nextafter(half, 1e30)}) {
      for (const char* format : {"%.17g", "%.40g", "%.15g"}) {
        const std::string text = print(format, edge);
        wrong += bitsOf(parse(text)) != bitsOf(std::strtof(text.c_str(), nullptr));
      }
    }
  }
  CHECK_EQUAL(wrong, 0U);
}

void readsWhatIsNoNumber() {
  CHECK(std::isnan(parse("nan")));
  CHECK(std::isnan(parse("-NaN")));
  CHECK_EQUAL(parse("inf"), INFINITY);
  CHECK_EQUAL(parse("-Infinity"), -INFINITY);
  CHECK_EQUAL(parse("+INF"), INFINITY);
}

void stopsBehindTheNumber() {
  const auto consumed = [](const std::string& text) {
    float value;
    const char* end = parseDecimal(text.data(), text.data() + text.size(), value);
    return end == nullptr ? -1 : static_cast<int>(end - text.data());
  };
  CHECK_EQUAL(consumed("1.5 2.5"), 3);
  CHECK_EQUAL(consumed("1.5x"), 3);
  CHECK_EQUAL(consumed("1e"), 1);
  CHECK_EQUAL(consumed("1e+"), 1);
  CHECK_EQUAL(consumed("1.2.3"), 3);
  CHECK_EQUAL(consumed("0x10"), 1);
  for (const char* text : {"", "-", "+", ".", "-.", "e5", "--1", "+-1", "-+1", " 1", "word", ",5"}) {
    check::report(consumed(text) == -1, __FILE__, __LINE__, std::string("no number: ") + text);
  }
}

std::string written(char* (*write)(float, char*), float value) {
  char text[maxDecimalBytes];
  return std::string(text, write(value, text));
}

void writesLikePrintf() {
  std::mt19937 random(3);
  uint64_t wrong = 0;
  const auto check = [&](float value) {
    if (std::isnan(value)) return;
    wrong += written(writeFixed6, value) != print("%.6f", static_cast<double>(value));
    wrong += bitsOf(std::strtof(written(writeShortest, value).c_str(), nullptr)) != bitsOf(value);
  };
  for (int i = 0; i < 300000; ++i) {
    check(fromBits(static_cast<uint32_t>(random())));
    check(static_cast<float>(static_cast<int32_t>(random())) / 2147483648.0F);
    check(static_cast<float>(random() % 4096) / 4096.0F);  // ties
  }
  for (const float value : {0.0F, -0.0F, 1.0F, 0.0000005F, 0.5F / 1048576, 9e9F, 8.999999e9F, 3.4028235e38F,
                            -3.4028235e38F, 1e-45F, INFINITY, -INFINITY}) {
    check(value);
  }
  CHECK_EQUAL(wrong, 0U);
  CHECK_EQUAL(written(writeShortest, 0.1F), "0.1");
  CHECK_EQUAL(written(writeFixed6, -0.0F), "-0.000000");
  CHECK(std::isnan(parse(written(writeFixed6, NAN))));
  CHECK(std::isnan(parse(written(writeShortest, NAN))));
}

}  // namespace

int main() {
  readsLikeTheLibrary();
  roundsOnce();
  readsWhatIsNoNumber();
  stopsBehindTheNumber();
  writesLikePrintf();
  return checkResult();
}
