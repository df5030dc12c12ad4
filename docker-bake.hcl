# Every image: docker buildx bake --load [IMAGE...]
#
# Docker's own image store holds one platform per tag: PLATFORM=linux/arm64 TAG=arm64 docker buildx bake --load caffe

variable "REGISTRY" { default = "pi-dnn-bench" }
variable "TAG" { default = "latest" }
variable "PLATFORM" { default = "linux/amd64" } # or several, for --push: linux/amd64,linux/arm64

variable "SSL_CERT_FILE" { default = "" } # certificates of a proxy that pip must trust, as for compose.yaml
variable "DEBIAN_MIRROR" { default = "" } # scheme and host, instead of the base images' own
variable "SOURCE_URL" { default = "" }
variable "VERSION" { default = "dev" }

group "default" {
  targets = ["image"]
}

target "image" {
  matrix     = { image = ["opencv", "caffe", "tools"] }
  name       = image
  dockerfile = "images/Dockerfile"
  target     = image
  tags       = ["${REGISTRY}/${image}:${TAG}"]
  platforms  = split(",", PLATFORM)
  secret     = SSL_CERT_FILE == "" ? [] : ["id=ca,src=${SSL_CERT_FILE}"]
  args = {
    DEBIAN_MIRROR = DEBIAN_MIRROR
    SOURCE_URL    = SOURCE_URL
    VERSION       = VERSION
  }
}
