"""Caffe without image reading, net drawing and their dependencies."""

from ._caffe import __version__, init_log, layer_type_list, set_mode_cpu, set_random_seed
from .pycaffe import Net

TRAIN, TEST = 0, 1  # caffe.proto's Phase
