#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace wordmill {

/// A whole file, mapped read-only. Pages come from the page cache when they are touched and cost no memory of our own.
class FileMapping {
 public:
  /// Throws WM_ERR_IO, with errno and the path, when the file cannot be opened or mapped or is no regular file.
  static std::shared_ptr<FileMapping> open(const char* path);
  ~FileMapping();
  FileMapping(const FileMapping&) = delete;
  FileMapping& operator=(const FileMapping&) = delete;

  /// nullptr for an empty file.
  const std::byte* data() const { return data_; }
  uint64_t size() const { return size_; }

 private:
  FileMapping(const std::byte* data, uint64_t size) : data_(data), size_(size) {}

  const std::byte* data_;
  uint64_t size_;
};

}  // namespace wordmill
