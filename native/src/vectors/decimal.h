#pragma once

namespace wordmill {

/// Reads a decimal number, or nan, inf, infinity in any case, at the start of begin .. end, rounded correctly.
/// Numbers beyond the range become infinite or zero, as with strtof. Returns the end of the number, or nullptr where
/// there is none.
const char* parseDecimal(const char* begin, const char* end, float& out);

/// The most bytes that writeFixed6 and writeShortest take.
constexpr unsigned maxDecimalBytes = 64;

/// Like "%.6f". Returns the end of what it wrote.
char* writeFixed6(float value, char* out);
/// The fewest digits that read back as the same number.
char* writeShortest(float value, char* out);

}  // namespace wordmill
