/* A module of another version, for tests: only the first member of its table is sure to be where it is. */
#include "wordmill_backend.h"

const wm_backend* wordmill_backend(void) {
  static wm_backend backend;
  backend.backend_version = WM_BACKEND_VERSION + 1;
  return &backend;
}
