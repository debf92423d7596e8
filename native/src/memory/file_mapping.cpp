#include "memory/file_mapping.h"

#include <cerrno>
#include <sys/mman.h>
#include <sys/stat.h>

#include "memory/file.h"

namespace wordmill {

std::shared_ptr<FileMapping> FileMapping::open(const char* path) {
  const File file = File::open(path);
  struct stat status;
  if (::fstat(file.descriptor(), &status) != 0) throw fileError(errno, "cannot examine", path);
  if (!S_ISREG(status.st_mode)) throw fileError(ENODEV, "only a regular file can be mapped, not", path);
  const uint64_t size = static_cast<uint64_t>(status.st_size);
  if (size == 0) return std::shared_ptr<FileMapping>(new FileMapping(nullptr, 0));
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.descriptor(), 0);
  if (address == MAP_FAILED) throw fileError(errno, "cannot map", path);
  try {
    return std::shared_ptr<FileMapping>(new FileMapping(static_cast<const std::byte*>(address), size));
  } catch (...) {
    ::munmap(address, size);
    throw;
  }
}

FileMapping::~FileMapping() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace wordmill
