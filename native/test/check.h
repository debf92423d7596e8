// The whole test harness: a failed check is reported and counted, and the program goes on. End main with
// `return checkResult();`.
#pragma once

#include <atomic>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

namespace check {

inline std::atomic<int> failures{0};
inline std::atomic<int> passed{0};

inline bool report(bool ok, const char* file, int line, const std::string& text) {
  if (ok) {
    ++passed;
  } else {
    ++failures;
    std::fprintf(stderr, "%s:%d: failed: %s\n", file, line, text.c_str());
  }
  return ok;
}

template <typename A, typename B>
bool reportEqual(const A& actual, const B& expected, const char* file, int line, const char* text) {
  const bool ok = actual == expected;
  std::ostringstream out;
  if (!ok) out << text << "\n  actual:   " << actual << "\n  expected: " << expected;
  return report(ok, file, line, out.str());
}

}  // namespace check

/// Each yields whether it held, so that a test can stop where the rest would make no sense.
#define CHECK(condition) ::check::report(static_cast<bool>(condition), __FILE__, __LINE__, #condition)
#define CHECK_EQUAL(actual, expected) \
  ::check::reportEqual((actual), (expected), __FILE__, __LINE__, #actual " == " #expected)
/// |actual - expected| <= tolerance; false for NaN.
#define CHECK_NEAR(actual, expected, tolerance)                                                   \
  ::check::report(static_cast<double>(actual) - static_cast<double>(expected) <= (tolerance) &&   \
                      static_cast<double>(expected) - static_cast<double>(actual) <= (tolerance), \
                  __FILE__, __LINE__,                                                             \
                  #actual " near " #expected ": " + std::to_string(actual) + " against " + std::to_string(expected))

inline int checkResult() {
  std::fprintf(stderr, "%d checks passed, %d failed\n", check::passed.load(), check::failures.load());
  return check::failures == 0 ? 0 : 1;
}
