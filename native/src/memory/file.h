#pragma once

#include <string>

#include "runtime/error.h"

namespace wordmill {

/// WM_ERR_IO that names the path and carries the errno. `what` reads as "cannot open".
Error fileError(int number, const std::string& what, const std::string& path);

/// A file descriptor that closes itself.
class File {
 public:
  /// Opens for reading. Throws WM_ERR_IO for what cannot be opened, and for folders.
  static File open(const char* path);
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  File& operator=(File&&) = delete;
  ~File();

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace wordmill
