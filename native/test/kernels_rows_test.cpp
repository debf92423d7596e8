// Rows of every number type in every instruction set that runs here: conversion, dot products and lengths against
// double precision, for all tails and misalignments.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "check.h"
#include "kernel_reference.h"
#include "kernels/half.inl.h"
#include "kernels/kernels.h"
#include "kernels/select.h"

using namespace wordmill;

namespace {

void testHalves(const Kernels& kernel) {
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
  std::vector<float> wide(all.size());
  std::vector<uint16_t> back(all.size());
  for (const RowType type : {kRowF16, kRowBF16}) {
    kernel.widen(all.data(), type, all.size(), wide.data());
    size_t different = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      const float wanted = type == kRowF16 ? floatOfHalf(all[i]) : floatOfBrain(all[i]);
      if (std::isnan(wanted) ? !std::isnan(wide[i]) : wide[i] != wanted) ++different;
    }
    CHECK(different == 0);
    kernel.narrow(wide.data(), all.size(), type, back.data());
    different = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      if (!std::isnan(wide[i]) && back[i] != all[i]) ++different;
    }
    CHECK(different == 0);
  }
  // Known values, and rounding to nearest even.
  CHECK(floatOfHalf(0x3C00) == 1.0F && floatOfHalf(0x0001) == 0x1p-24F && floatOfHalf(0xFBFF) == -65504.0F);
  CHECK(halfOfFloat(1.0F + 0x1p-11F) == 0x3C00 && halfOfFloat(1.0F + 3 * 0x1p-11F) == 0x3C02);
  CHECK(halfOfFloat(65519.0F) == 0x7BFF && halfOfFloat(65520.0F) == 0x7C00 && halfOfFloat(0x1p-25F) == 0);
  CHECK(brainOfFloat(1.0F + 0x1p-8F) == 0x3F80 && brainOfFloat(1.0F + 3 * 0x1p-8F) == 0x3F82);
}

size_t bytesOfRow(RowType type, size_t columns) {
  if (type == kRowI8) return columns + sizeof(float);
  return columns * (type == kRowF32 ? 4 : 2);
}

/// Dot products and lengths of rows of every type, length and misalignment.
void testDots(const Kernels& kernel) {
  for (const RowType type : {kRowF32, kRowF16, kRowBF16, kRowI8}) {
    for (size_t columns = 1; columns <= 70; ++columns) {
      const size_t rows = 1 + columns % 6;
      const size_t stride = bytesOfRow(type, columns) + columns % 5;
      const size_t shift = columns % 3;
      std::vector<unsigned char> bytes(shift + rows * stride);
      std::vector<float> wide(rows * columns);
      for (size_t r = 0; r < rows; ++r) {
        const std::vector<float> row = randomValues(columns);
        unsigned char* const at = bytes.data() + shift + r * stride;
        kernel.narrow(row.data(), columns, type, at);
        kernel.widen(at, type, columns, &wide[r * columns]);
      }
      const std::vector<float> query = randomValues(columns);
      std::vector<float> dots(rows);
      std::vector<float> squares(rows);
      kernel.dotRows(bytes.data() + shift, stride, type, rows, columns, query.data(), dots.data());
      kernel.squaredLengths(bytes.data() + shift, stride, type, rows, columns, squares.data());
      for (size_t r = 0; r < rows; ++r) {
        CHECK_NEAR(dots[r], dot(&wide[r * columns], query.data(), columns), 2e-5);
        CHECK_NEAR(squares[r], dot(&wide[r * columns], &wide[r * columns], columns), 2e-5);
      }
    }
  }
}

/// Rows of signed bytes: how near they are, and what cannot be so.
void testBytes(const Kernels& kernel) {
  for (size_t columns = 1; columns <= 70; ++columns) {
    const std::vector<float> row = randomValues(columns, 0.3F);
    double largest = 0.0;
    for (const float value : row) largest = std::max(largest, std::fabs(static_cast<double>(value)));
    // Behind the row something that must stay as it is.
    std::vector<unsigned char> bytes(bytesOfRow(kRowI8, columns) + 1, 0xAB);
    kernel.narrow(row.data(), columns, kRowI8, bytes.data());
    CHECK(bytes.back() == 0xAB);
    float scale = 0.0F;
    std::memcpy(&scale, bytes.data() + columns, sizeof(scale));
    CHECK_NEAR(scale, largest / 127.0, 1e-8);
    std::vector<float> wide(columns + 1, 7.0F);
    kernel.widen(bytes.data(), kRowI8, columns, wide.data());
    CHECK(wide[columns] == 7.0F);
    for (size_t c = 0; c < columns; ++c) {
      CHECK_NEAR(wide[c], row[c], scale * 0.5001);
      CHECK_NEAR(wide[c], static_cast<double>(scale) * static_cast<int8_t>(bytes[c]), 1e-7);
    }
  }
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float wrong : {std::nanf(""), infinity, -infinity}) {
    for (size_t at = 0; at < 20; ++at) {
      std::vector<float> row = randomValues(20);
      row[at] = wrong;
      std::vector<unsigned char> bytes(bytesOfRow(kRowI8, 20));
      kernel.narrow(row.data(), 20, kRowI8, bytes.data());
      kernel.widen(bytes.data(), kRowI8, 20, row.data());
      for (const float value : row) CHECK(std::isnan(value));
    }
  }
  // Magnitudes at both ends of what a float holds.
  for (const float size : {0.0F, 1e-45F, 1e-43F, 1e-38F, 3.4e38F}) {
    const std::vector<float> row = {size, -size, 0.0F};
    std::vector<unsigned char> bytes(bytesOfRow(kRowI8, 3));
    std::vector<float> wide(3);
    kernel.narrow(row.data(), 3, kRowI8, bytes.data());
    kernel.widen(bytes.data(), kRowI8, 3, wide.data());
    for (size_t c = 0; c < 3; ++c) CHECK(std::fabs(wide[c] - row[c]) <= 0.004F * size + 1e-43F);
  }
}

/// Blocks of 32 numbers, with every byte that there is, against their definition.
void testBlocks(const Kernels& kernel) {
  for (const RowType type : {kRowQ8_0, kRowQ4_0}) {
    const size_t blockBytes = type == kRowQ8_0 ? 34 : 18;
    for (const size_t blocks : {1UL, 2UL, 3UL, 8UL}) {
      for (size_t rows = 1; rows <= 9; ++rows) {
        const size_t columns = blocks * 32;
        const size_t stride = blocks * blockBytes + rows % 4;
        const size_t shift = rows % 3;
        std::vector<unsigned char> bytes(shift + rows * stride);
        for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(generator());
        std::vector<float> wanted(rows * columns);
        for (size_t r = 0; r < rows; ++r) {
          for (size_t b = 0; b < blocks; ++b) {
            unsigned char* const block = bytes.data() + shift + r * stride + b * blockBytes;
            const float scale = randomValues(1, 0.01F)[0];
            const uint16_t half = halfOfFloat(scale);
            std::memcpy(block, &half, sizeof(half));
            for (size_t i = 0; i < 32; ++i) {
              const int number = type == kRowQ8_0 ? static_cast<int8_t>(block[2 + i])
                                 : i < 16         ? (block[2 + i] & 15) - 8
                                                  : (block[2 + i - 16] >> 4) - 8;
              wanted[r * columns + b * 32 + i] = floatOfHalf(half) * static_cast<float>(number);
            }
          }
        }
        const unsigned char* const first = bytes.data() + shift;
        const std::vector<float> query = randomValues(columns);
        std::vector<float> wide(columns + 1, 7.0F);
        std::vector<float> dots(rows);
        std::vector<float> squares(rows);
        kernel.dotRows(first, stride, type, rows, columns, query.data(), dots.data());
        kernel.squaredLengths(first, stride, type, rows, columns, squares.data());
        for (size_t r = 0; r < rows; ++r) {
          const float* const row = &wanted[r * columns];
          kernel.widen(first + r * stride, type, columns, wide.data());
          CHECK(std::memcmp(wide.data(), row, columns * sizeof(float)) == 0 && wide[columns] == 7.0F);
          const double length = dot(row, row, columns);
          CHECK_NEAR(dots[r], dot(row, query.data(), columns), 2e-5 * (1.0 + std::sqrt(length)));
          CHECK_NEAR(squares[r], length, 2e-5 * (1.0 + length));
        }
      }
    }
  }
}

}  // namespace

int main() {
  size_t tables = 0;
  for (const wm_isa isa : {WM_ISA_SCALAR, WM_ISA_AVX2, WM_ISA_AVX512, WM_ISA_NEON}) {
    const Kernels* kernel = kernelsFor(isa);
    if (kernel == nullptr) continue;
    ++tables;
    testHalves(*kernel);
    testDots(*kernel);
    testBytes(*kernel);
    testBlocks(*kernel);
  }
  CHECK(tables >= 1);
  return checkResult();
}
