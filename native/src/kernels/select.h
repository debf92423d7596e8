#pragma once

#include <cstdint>
#include <string>

#include "kernels/kernels.h"
#include "wordmill.h"

namespace wordmill {

/// The table of this process: the best that runs here, or the one that WORDMILL_ISA names. Throws
/// WM_ERR_UNSUPPORTED, each time, when that one is unknown or does not run here.
const Kernels& kernels();

/// Which one that is.
wm_isa selectedIsa();

/// The table of an instruction set, or nullptr where it does not run on this machine.
const Kernels* kernelsFor(wm_isa isa);

/// Bit set: 1 << wm_isa.
uint32_t availableIsas();

}  // namespace wordmill
