# Every image for every platform: FRAMEWORK=caffe PLATFORM=linux/arm64 docker buildx bake --load, or `make images …`.
#
# Docker's own image store holds one platform per tag, so each has its own: caffe:latest-arm64. A release joins them.

variable "FRAMEWORK" { default = "opencv,tensorflow,caffe,caffe2,tools" }
variable "PLATFORM" { default = "linux/amd64,linux/arm64" } # or linux/arm/v7, for which there are no tools

variable "REGISTRY" { default = "pi-dnn-bench" }
variable "TAG" { default = "latest" }
variable "CACHE" { default = "" } # registry and repository that keep build layers between machines

variable "SSL_CERT_FILE" { default = "" } # certificates of a proxy that pip must trust, as for compose.yaml
variable "DEBIAN_MIRROR" { default = "" } # scheme and host, instead of the base images' own
variable "SOURCE_URL" { default = "" }
variable "VERSION" { default = "dev" }

function "short" {
  params = [platform]
  result = replace(replace(platform, "linux/", ""), "/", "")
}

group "default" {
  targets = ["image"]
}

target "image" {
  matrix = {
    image    = split(",", FRAMEWORK)
    platform = split(",", PLATFORM)
  }
  name       = "${image}-${short(platform)}"
  dockerfile = "images/Dockerfile"
  target     = image
  tags       = ["${REGISTRY}/${image}:${TAG}-${short(platform)}"]
  platforms  = [platform]
  secret     = SSL_CERT_FILE == "" ? [] : ["id=ca,src=${SSL_CERT_FILE}"]
  cache-from = CACHE == "" ? [] : ["type=registry,ref=${CACHE}:${image}-${short(platform)}"]
  cache-to   = CACHE == "" ? [] : ["type=registry,ref=${CACHE}:${image}-${short(platform)},mode=max"]
  args = {
    DEBIAN_MIRROR = DEBIAN_MIRROR
    SOURCE_URL    = SOURCE_URL
    VERSION       = VERSION
  }
}
