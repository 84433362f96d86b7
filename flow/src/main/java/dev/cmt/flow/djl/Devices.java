package dev.cmt.flow.djl;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import dev.cmt.flow.FlowUnavailableException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** From a device's name in a configuration to DJL's device, if it is there. */
final class Devices {
  private static final Pattern GPU = Pattern.compile("gpu:(\\d{1,3})");

  private Devices() {}

  /**
   * Finds a device.
   *
   * @param engine DJL's PyTorch
   * @param name {@code cpu} or {@code gpu:N}
   * @throws IllegalArgumentException if the name is neither
   * @throws FlowUnavailableException if the GPU is not there
   */
  static Device named(Engine engine, String name) {
    if (name.equals("cpu")) {
      return Device.cpu();
    }
    Matcher gpu = GPU.matcher(name);
    if (!gpu.matches()) {
      throw new IllegalArgumentException(
          "The device (%s) must be cpu or gpu:N, such as gpu:0.".formatted(name));
    }
    int index = Integer.parseInt(gpu.group(1));
    int count = engine.getGpuCount();
    boolean cuda = engine.hasCapability(StandardCapabilities.CUDA);
    if (index >= count || !cuda) {
      throw new FlowUnavailableException(
          ("The device %s is not there: %s %s, built %s CUDA, sees %d GPUs. Choose the device cpu;"
                  + " or, if nvidia-smi lists that GPU, give DJL a CUDA build of this libtorch"
                  + " through PYTORCH_LIBRARY_PATH, PYTORCH_VERSION and PYTORCH_FLAVOR.")
              .formatted(
                  name,
                  engine.getEngineName(),
                  engine.getVersion(),
                  cuda ? "with" : "without",
                  count));
    }
    return Device.gpu(index);
  }
}
