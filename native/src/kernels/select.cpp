#include "kernels/select.h"

#include <cstdlib>
#include <cstring>

#include "runtime/error.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace wordmill {
namespace {

#if defined(__x86_64__)

struct Leaf {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Leaf cpuid(uint32_t leaf, uint32_t subleaf) {
  Leaf out;
  __get_cpuid_count(leaf, subleaf, &out.eax, &out.ebx, &out.ecx, &out.edx);
  return out;
}

/// Register states that the operating system saves (XCR0); only to be asked where cpuid says OSXSAVE.
uint64_t savedStates() {
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32U) | low;
}

bool all(uint64_t value, uint64_t bits) { return (value & bits) == bits; }

uint32_t detect() {
  uint32_t found = 1U << WM_ISA_SCALAR;
  const Leaf one = cpuid(1, 0);
  constexpr uint32_t osxsave = 1U << 27U;
  constexpr uint32_t avxFmaF16c = (1U << 28U) | (1U << 12U) | (1U << 29U);
  if (!all(one.ecx, osxsave | avxFmaF16c)) return found;
  const uint64_t states = savedStates();
  constexpr uint64_t ymm = 0x6;
  constexpr uint64_t zmm = 0xE6;
  const Leaf seven = cpuid(7, 0);
  constexpr uint32_t avx2Bmi2 = (1U << 5U) | (1U << 8U);
  if (!all(states, ymm) || !all(seven.ebx, avx2Bmi2)) return found;
  found |= 1U << WM_ISA_AVX2;
  constexpr uint32_t avx512FDqBwVl = (1U << 16U) | (1U << 17U) | (1U << 30U) | (1U << 31U);
  if (all(states, zmm) && all(seven.ebx, avx512FDqBwVl)) found |= 1U << WM_ISA_AVX512;
  return found;
}

#elif defined(__aarch64__)

uint32_t detect() { return (1U << WM_ISA_SCALAR) | (1U << WM_ISA_NEON); }

#else

uint32_t detect() { return 1U << WM_ISA_SCALAR; }

#endif

constexpr const char* isaNames[] = {"scalar", "avx2", "avx512", "neon"};

std::string availableNames() {
  std::string names;
  for (uint32_t isa = 0; isa < 4; ++isa) {
    if ((availableIsas() & (1U << isa)) != 0) names += (names.empty() ? "" : ", ") + std::string(isaNames[isa]);
  }
  return names;
}

struct Choice {
  wm_isa isa = WM_ISA_SCALAR;
  std::string problem;
};

Choice choose() {
  Choice choice;
  const char* wanted = std::getenv("WORDMILL_ISA");
  if (wanted == nullptr || *wanted == '\0') {
    for (uint32_t isa = 0; isa < 4; ++isa) {
      if ((availableIsas() & (1U << isa)) != 0) choice.isa = static_cast<wm_isa>(isa);
    }
    return choice;
  }
  for (uint32_t isa = 0; isa < 4; ++isa) {
    if (std::strcmp(wanted, isaNames[isa]) != 0) continue;
    choice.isa = static_cast<wm_isa>(isa);
    if ((availableIsas() & (1U << isa)) == 0) {
      choice.problem = "WORDMILL_ISA=" + std::string(wanted) + ": this machine cannot run it; set one of " +
                       availableNames() + ", or nothing";
    }
    return choice;
  }
  choice.problem =
      "WORDMILL_ISA=" + std::string(wanted) + " is unknown; set one of " + availableNames() + ", or nothing";
  return choice;
}

const Choice& chosen() {
  static const Choice choice = choose();
  if (!choice.problem.empty()) {
    Error error(WM_ERR_UNSUPPORTED, choice.problem);
    error.option = "WORDMILL_ISA";
    throw error;
  }
  return choice;
}

}  // namespace

uint32_t availableIsas() {
  static const uint32_t found = detect();
  return found;
}

const Kernels* kernelsFor(wm_isa isa) {
  if ((availableIsas() & (1U << static_cast<uint32_t>(isa))) == 0) return nullptr;
  switch (isa) {
    case WM_ISA_SCALAR:
      return &kKernelsScalar;
#if defined(__x86_64__)
    case WM_ISA_AVX2:
      return &kKernelsAvx2;
    case WM_ISA_AVX512:
      return &kKernelsAvx512;
#elif defined(__aarch64__)
    case WM_ISA_NEON:
      return &kKernelsNeon;
#endif
    default:
      return nullptr;
  }
}

const Kernels& kernels() {
  static const Kernels& table = *kernelsFor(chosen().isa);
  return table;
}

wm_isa selectedIsa() { return chosen().isa; }

}  // namespace wordmill
