#include <stdio.h>
#include <wordmill.h>

int main(void) {
  wm_error error;
  wm_runtime_info info;
  if (wm_runtime(&info, &error) != WM_OK) {
    fprintf(stderr, "%s\n", error.text);
    return 1;
  }
  printf("wordmill %s, %s, %u threads\n", info.version, info.processor, info.threads);
  return info.abi_version == WM_ABI_VERSION ? 0 : 1;
}
