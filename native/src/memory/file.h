#pragma once

#include <string>
#include <utility>

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
  File(File&& other) noexcept : descriptor_(other.release()) {}
  File& operator=(File&&) = delete;
  ~File();

  int descriptor() const { return descriptor_; }
  /// Hands the descriptor over to the caller.
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

}  // namespace wordmill
