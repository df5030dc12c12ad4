# Compiles for $triplet against the target's own Debian in /sysroot. The builder's platform takes the same road, so that
# every platform's binaries are made alike.
set(CMAKE_SYSTEM_NAME Linux)
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR $ENV{triplet})
set(CMAKE_LIBRARY_ARCHITECTURE $ENV{triplet})

set(CMAKE_C_COMPILER $ENV{triplet}-gcc)
set(CMAKE_CXX_COMPILER $ENV{triplet}-g++)
set(CMAKE_C_FLAGS_INIT $ENV{cpu_flags})
set(CMAKE_CXX_FLAGS_INIT $ENV{cpu_flags})

set(CMAKE_SYSROOT /sysroot)
set(CMAKE_FIND_ROOT_PATH /sysroot)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
