#include "device/launch.h"
#include "window/window_kernels.h"

template wordmill::cuda::WindowKernel wordmill::cuda::windowKernel<1>(WindowKind);
