# Every image for every platform: FRAMEWORK=caffe PLATFORM=linux/arm64 docker buildx bake --load, or `make images …`.
#
# Docker's own image store holds one platform per tag, so each has its own: caffe:latest-arm64. A release joins them.

# generated: images
variable "FRAMEWORK" { default = "opencv,tensorflow,caffe,caffe2,onnxruntime,ncnn,litert,openvino,mnn,pytorch,executorch,tools" }
function "wheels" { # what the recipe for wheels is told of those that come by it
  params = []
  result = {
    tensorflow = { TITLE = "TensorFlow", ARCHITECTURES = "amd64 arm64", DEBIAN = "", DROP = "tensorflow/include" }
    onnxruntime = { TITLE = "ONNX Runtime", ARCHITECTURES = "amd64 arm64", DEBIAN = "", DROP = "onnxruntime/capi/libonnxruntime.so* onnxruntime/quantization onnxruntime/tools onnxruntime/transformers" }
    ncnn = { TITLE = "ncnn", ARCHITECTURES = "amd64 arm64 arm", DEBIAN = "", DROP = "" }
    litert = { TITLE = "LiteRT", ARCHITECTURES = "amd64 arm64 arm", DEBIAN = "", DROP = "ai_edge_litert/aot ai_edge_litert/libLiteRtWebGpuAccelerator.so ai_edge_litert/pywrap_genai_ops.so ai_edge_litert/tools ai_edge_litert/vendors" }
    openvino = { TITLE = "OpenVINO", ARCHITECTURES = "amd64 arm64", DEBIAN = "", DROP = "openvino/include openvino/libs/libopenvino_auto* openvino/libs/libopenvino_c.so* openvino/libs/libopenvino_gguf* openvino/libs/libopenvino_hetero* openvino/libs/libopenvino_intel_[gn]pu* openvino/libs/libopenvino_jax* openvino/libs/libopenvino_paddle* openvino/libs/libopenvino_pytorch* openvino/libs/libopenvino_tensorflow_lite*" }
    mnn = { TITLE = "MNN", ARCHITECTURES = "amd64 arm64", DEBIAN = "", DROP = "MNN/tools" }
    pytorch = { TITLE = "PyTorch", ARCHITECTURES = "arm64", DEBIAN = "amd64=python3-torch", DROP = "torch/bin/protoc* torch/bin/test_* torch/include torch/share torch/test" }
    executorch = { TITLE = "ExecuTorch", ARCHITECTURES = "arm64", DEBIAN = "", DROP = "executorch/devtools executorch/examples executorch/include executorch/share torch/bin/protoc* torch/bin/test_* torch/include torch/share torch/test" }
  }
}
# end of generated

variable "PLATFORM" { default = "linux/amd64,linux/arm64,linux/arm/v7" }

variable "REGISTRY" { default = "pi-dnn-bench" }
variable "TAG" { default = "latest" }
variable "CACHE" { default = "" } # registry and repository that keep build layers between machines

variable "SSL_CERT_FILE" { default = "" } # certificates of a proxy that pip must trust, as for compose.yaml
variable "DEBIAN_MIRROR" { default = "" } # scheme and host, instead of the base images' own
variable "SOURCE_URL" { default = "" }
variable "VERSION" { default = "dev" }
variable "SOURCE" { default = "" } # the digest of what is built: python3 -m bench.source

function "short" {
  params = [platform]
  result = replace(replace(platform, "linux/", ""), "/", "")
}

# The tools need wheels that PyPI does not have for 32-bit ARM.
function "cells" {
  params = [images, platforms]
  result = [
    for cell in setproduct(split(",", images), split(",", platforms)) : { image = cell[0], platform = cell[1] }
    if cell != ["tools", "linux/arm/v7"]
  ]
}

group "default" {
  targets = ["image"]
}

target "image" {
  matrix     = { cell = cells(FRAMEWORK, PLATFORM) }
  name       = "${cell.image}-${short(cell.platform)}"
  dockerfile = "images/Dockerfile"
  target     = contains(keys(wheels()), cell.image) ? "wheel" : cell.image
  tags       = ["${REGISTRY}/${cell.image}:${TAG}-${short(cell.platform)}"]
  platforms  = [cell.platform]
  secret     = SSL_CERT_FILE == "" ? [] : ["id=ca,src=${SSL_CERT_FILE}"]
  cache-from = CACHE == "" ? [] : ["type=registry,ref=${CACHE}:${cell.image}-${short(cell.platform)}"]
  cache-to   = CACHE == "" ? [] : ["type=registry,ref=${CACHE}:${cell.image}-${short(cell.platform)},mode=max"]
  args = merge(lookup(wheels(), cell.image, {}), {
    FRAMEWORK     = cell.image
    DEBIAN_MIRROR = DEBIAN_MIRROR
    SOURCE        = SOURCE
    SOURCE_URL    = SOURCE_URL
    VERSION       = VERSION
  })
}
