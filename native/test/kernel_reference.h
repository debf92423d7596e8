#pragma once

// What the tests of kernels compare with.

#include <cstddef>
#include <random>
#include <vector>

inline std::mt19937 generator(7);

inline std::vector<float> randomValues(size_t n, float scale = 1.0F) {
  std::uniform_real_distribution<float> uniform(-scale, scale);
  std::vector<float> values(n);
  for (float& value : values) value = uniform(generator);
  return values;
}

inline double dot(const float* a, const float* b, size_t n) {
  double total = 0.0;
  for (size_t i = 0; i < n; ++i) total += static_cast<double>(a[i]) * b[i];
  return total;
}
