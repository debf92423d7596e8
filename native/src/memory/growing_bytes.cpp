#include "memory/growing_bytes.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

#include "memory/file.h"

namespace wordmill {
namespace {

constexpr uint64_t firstCapacity = uint64_t{1} << 16;
/// Disk space is really taken when a file grows, address space is not: the file grows by a quarter, memory doubles.
constexpr uint64_t fileStep = uint64_t{1} << 24;

uint64_t wholePages(uint64_t bytes) {
  static const uint64_t page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

std::string temporaryFolder() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

int createUnnamedFile(const std::string& folder) {
#if defined(O_TMPFILE)
  const int unnamed = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (unnamed >= 0) return unnamed;
#endif
  // Not every file system has O_TMPFILE.
  std::string name = folder + "/wordmill-XXXXXX";
  const int named = ::mkstemp(name.data());
  if (named < 0) throw fileError(errno, "cannot create a temporary file in", folder);
  ::unlink(name.c_str());
  ::fcntl(named, F_SETFD, FD_CLOEXEC);
  return named;
}

/// Takes the disk space at once: a page of a sparse file that finds no space when it is touched would kill the process.
void reserveDisk(int descriptor, uint64_t bytes, const std::string& folder, const char* content) {
  struct rlimit limit;
  int failure = 0;
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && bytes > limit.rlim_cur) {
    failure = EFBIG;  // trying would raise SIGXFSZ
  } else {
    do {
      failure = ::posix_fallocate(descriptor, 0, static_cast<off_t>(bytes));
    } while (failure == EINTR);
  }
  if (failure == 0) return;
  Error error = fileError(failure, "no room for " + std::to_string(bytes) + " bytes of " + content + " in", folder);
  throw Error(WM_ERR_IO,
              std::string(error.what()) + "; free some, name another temporary folder, or raise the memory limit")
      .fromErrno(failure);
}

void* map(uint64_t bytes, int descriptor) {
  const int flags = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, descriptor, 0);
  if (address == MAP_FAILED) throw std::bad_alloc();
  return address;
}

/// A mapping of new size with the old content. The old one is gone, unless this throws.
void* remap(void* old, uint64_t oldBytes, uint64_t bytes, int descriptor) {
  if (old == nullptr) return map(bytes, descriptor);
#if defined(__linux__)
  void* address = ::mremap(old, oldBytes, bytes, MREMAP_MAYMOVE);
  if (address == MAP_FAILED) throw std::bad_alloc();
#else
  void* address = map(bytes, descriptor);
  if (descriptor < 0) std::memcpy(address, old, std::min(oldBytes, bytes));
  ::munmap(old, oldBytes);
#endif
  return address;
}

}  // namespace

GrowingBytes::GrowingBytes(GrowingBytes&& other) noexcept
    : storage_(std::move(other.storage_)),
      content_(other.content_),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

GrowingBytes::~GrowingBytes() {
  if (data_ != nullptr) ::munmap(data_, capacity_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

void GrowingBytes::append(const void* bytes, uint64_t count) {
  if (count == 0) return;
  if (size_ + count > capacity_) grow(size_ + count);
  std::memcpy(data_ + size_, bytes, count);
  size_ += count;
}

void GrowingBytes::grow(uint64_t needed) {
  const uint64_t limit = storage_.memoryLimit;
  if (spilled() || (limit != 0 && needed > limit)) {
    growFile(wholePages(needed + std::max(fileStep, needed / 4)));
    return;
  }
  uint64_t wanted = std::max(needed, std::max(firstCapacity, capacity_ * 2));
  if (limit != 0) wanted = std::max(needed, std::min(wanted, limit));
  growInMemory(wholePages(wanted));
}

void GrowingBytes::growInMemory(uint64_t bytes) {
  data_ = static_cast<std::byte*>(remap(data_, capacity_, bytes, -1));
  capacity_ = bytes;
#if defined(MADV_HUGEPAGE)
  if (bytes >= (uint64_t{1} << 21)) ::madvise(data_, bytes, MADV_HUGEPAGE);
#endif
}

void GrowingBytes::growFile(uint64_t bytes) {
  if (spilled()) {
    reserveDisk(descriptor_, bytes, storage_.folder, content_);
    data_ = static_cast<std::byte*>(remap(data_, capacity_, bytes, descriptor_));
    capacity_ = bytes;
    return;
  }
  if (storage_.folder.empty()) storage_.folder = temporaryFolder();
  File file(createUnnamedFile(storage_.folder));
  reserveDisk(file.descriptor(), bytes, storage_.folder, content_);
  void* mapped = map(bytes, file.descriptor());
  if (data_ != nullptr) {
    std::memcpy(mapped, data_, size_);
    ::munmap(data_, capacity_);
  }
  data_ = static_cast<std::byte*>(mapped);
  capacity_ = bytes;
  descriptor_ = file.release();
}

void GrowingBytes::spill() {
  if (!spilled()) growFile(wholePages(size_ + fileStep));
}

void GrowingBytes::finish() {
  const uint64_t bytes = wholePages(std::max<uint64_t>(size_, 1));
  if (data_ == nullptr || bytes >= capacity_) return;
  data_ = static_cast<std::byte*>(remap(data_, capacity_, bytes, descriptor_));
  capacity_ = bytes;
  // Failure would only leave the space taken until the end.
  if (spilled()) static_cast<void>(::ftruncate(descriptor_, static_cast<off_t>(bytes)) == 0);
}

void GrowingBytes::letGo() const {
  if (spilled() && data_ != nullptr) ::madvise(data_, capacity_, MADV_DONTNEED);
}

}  // namespace wordmill
