#include "memory/file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace wordmill {

Error fileError(int number, const std::string& what, const std::string& path) {
  return Error(WM_ERR_IO, what + " " + path + ": " + std::generic_category().message(number)).fromErrno(number);
}

File File::open(const char* path) {
  int descriptor;
  do {
    descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) throw fileError(errno, "cannot open", path);
  File file(descriptor);
  struct stat status;
  if (::fstat(descriptor, &status) != 0) throw fileError(errno, "cannot examine", path);
  if (S_ISDIR(status.st_mode)) throw fileError(EISDIR, "cannot read", path);
  return file;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace wordmill
