#include "memory/huge_pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <new>
#include <string>

namespace wordmill {
namespace {

constexpr uint64_t kHugePage = 2U << 20U;

std::shared_ptr<void> mapAnonymous(uint64_t bytes) {
  const uint64_t length = (bytes + kHugePage - 1) / kHugePage * kHugePage + kHugePage;
  void* const start = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) throw std::bad_alloc();
  const auto address = reinterpret_cast<uintptr_t>(start);
  void* const aligned = reinterpret_cast<void*>((address + kHugePage - 1) / kHugePage * kHugePage);
#if defined(MADV_HUGEPAGE)
  // Only the pages in use: a whole huge page at the end would count as memory taken.
  if (bytes >= kHugePage) madvise(aligned, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
  return {aligned, [start, length](void*) { munmap(start, length); }};
}

/// A number at the start of a one-line file, or "none" when there is none.
uint64_t numberIn(const std::string& path, uint64_t none) {
  std::ifstream file(path);
  uint64_t value = 0;
  return file >> value ? value : none;
}

}  // namespace

std::shared_ptr<void> allocateZeroed(uint64_t bytes) {
  if (bytes > (static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) - 2 * kHugePage)) throw std::bad_alloc();
  // Overcommitting systems promise more than they have and kill the process at the first touch.
  const uint64_t available = availableMemory();
  if (available != 0 && bytes > available) throw std::bad_alloc();
  if (bytes >= kHugePage / 2) return mapAnonymous(bytes);
  const uint64_t length = (std::max<uint64_t>(bytes, 1) + 63) / 64 * 64;
  void* const memory = std::aligned_alloc(64, length);
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, length);
  return {memory, [](void* area) { std::free(area); }};
}

uint64_t availableMemory() {
#if defined(__linux__)
  std::ifstream file("/proc/meminfo");
  std::string name;
  uint64_t kilobytes = 0;
  uint64_t available = 0;
  while (file >> name >> kilobytes) {
    if (name == "MemAvailable:") {
      available = kilobytes * 1024;
      break;
    }
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  constexpr uint64_t unlimited = std::numeric_limits<uint64_t>::max();
  const uint64_t limit = numberIn("/sys/fs/cgroup/memory.max", unlimited);
  const uint64_t used = numberIn("/sys/fs/cgroup/memory.current", 0);
  if (limit != unlimited) available = std::min(available, limit > used ? limit - used : 0);
  return available;
#else
  return 0;
#endif
}

}  // namespace wordmill
