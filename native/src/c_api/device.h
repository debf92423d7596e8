#pragma once

#include <memory>

#include "backend/module.h"
#include "wordmill.h"

// Apart from the other handles: only those who give work to devices need to know what one is.

struct wm_module {
  std::shared_ptr<const wordmill::Module> value;
};

struct wm_device {
  std::shared_ptr<const wordmill::Device> value;
};
