# holdfast_public_library(NAME TARGET DESCRIPTION text [INCLUDES "-I…"]): libNAME.so and libNAME.a of the folder that calls it, from its static library
# TARGET and everything below that, with a file for pkg-config. Beside its CMakeLists.txt lie NAME.map, the linker's version script, and exports.txt,
# the names that it shows, one a line.
include_guard()
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# Programs and libraries of every build lie as those of the installation do, in neighbouring folders.
function(holdfast_place kind target folder)
  if(NOT CMAKE_${kind}_OUTPUT_DIRECTORY)
    set_target_properties(${target} PROPERTIES ${kind}_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${folder})
  endif()
endfunction()

# holdfast_find_beside(TARGET): an installed program that finds our shared libraries beside its folder. What is built
# has the same path as what is installed. By itself CMake adds one of this machine and an empty one, which stands for
# the current directory: whoever owns that would run code as the caller.
function(holdfast_find_beside target)
  holdfast_place(RUNTIME ${target} bin)
  file(RELATIVE_PATH to_libraries ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set(paths "\$ORIGIN/../lib" "\$ORIGIN/${to_libraries}")
  list(REMOVE_DUPLICATES paths)
  set_target_properties(${target} PROPERTIES INSTALL_RPATH "${paths}" BUILD_WITH_INSTALL_RPATH ON)
endfunction()

# holdfast_find_built(TARGET LIBRARY): the same for a program that is not installed.
function(holdfast_find_built target library)
  set(way $<PATH:RELATIVE_PATH,$<TARGET_FILE_DIR:${library}>,$<TARGET_FILE_DIR:${target}>>)
  set_target_properties(${target} PROPERTIES INSTALL_RPATH "\$ORIGIN/${way}" BUILD_WITH_INSTALL_RPATH ON)
endfunction()

set(HOLDFAST_INTERNAL_LIBRARIES holdfast_trust holdfast_keys holdfast_seal holdfast_anchor holdfast_puf
  holdfast_fingerprint holdfast_crypto holdfast_core)

# Everything in one object file, in which only the published names are global: nothing of ours can meet a name of the
# program's. --force-group-allocation ends the groups by which the linker would merge inline functions with those of
# others.
function(holdfast_static_archive name target)
  set(archive ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/lib${name}.a)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.o)
  set(internal)
  foreach(library ${HOLDFAST_INTERNAL_LIBRARIES})
    list(APPEND internal $<TARGET_FILE:${library}>)
  endforeach()
  add_custom_command(OUTPUT ${archive}
    COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o ${object}
      --whole-archive $<TARGET_FILE:${target}> --no-whole-archive --start-group ${internal} --end-group
    COMMAND ${CMAKE_OBJCOPY} --keep-global-symbols=${CMAKE_CURRENT_SOURCE_DIR}/exports.txt ${object}
    COMMAND ${CMAKE_COMMAND} -E rm -f ${archive}
    COMMAND ${CMAKE_AR} rcs ${archive} ${object}
    DEPENDS ${target} ${HOLDFAST_INTERNAL_LIBRARIES} exports.txt VERBATIM COMMENT "Making lib${name}.a")
  add_custom_target(${target}_archive ALL DEPENDS ${archive})
  install(FILES ${archive} DESTINATION ${CMAKE_INSTALL_LIBDIR})
endfunction()

# One file for programs that are built against this folder's build/lib, one to be installed, which may be moved.
function(holdfast_pkgconfig name description more_includes)
  set(PC_NAME ${name})
  set(PC_DESCRIPTION ${description})
  set(PC_PREFIX ${PROJECT_SOURCE_DIR})
  set(PC_INCLUDEDIR "\${prefix}/include")
  set(PC_LIBDIR "\${prefix}/build/lib")
  set(PC_MORE_INCLUDES ${more_includes})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/library.pc.in ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/pkgconfig/${name}.pc @ONLY)
  file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  set(PC_PREFIX "\${pcfiledir}/${to_prefix}")
  set(PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
  set(PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  configure_file(${PROJECT_SOURCE_DIR}/cmake/library.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# For find_package(Holdfast).
function(holdfast_cmake_package)
  set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/Holdfast)
  file(RELATIVE_PATH CONFIG_TO_PREFIX /${folder} /)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/HoldfastConfig.cmake.in ${PROJECT_BINARY_DIR}/HoldfastConfig.cmake @ONLY)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/HoldfastConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/HoldfastConfig.cmake ${PROJECT_BINARY_DIR}/HoldfastConfigVersion.cmake
    DESTINATION ${folder})
endfunction()

function(holdfast_public_library name target)
  cmake_parse_arguments(ARG "" "DESCRIPTION;INCLUDES" "" ${ARGN})
  set(map ${CMAKE_CURRENT_SOURCE_DIR}/${name}.map)
  set(shared ${target}_shared)
  # A library of archives alone needs one source.
  file(CONFIGURE OUTPUT ${name}.cpp CONTENT "")
  add_library(${shared} SHARED ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${shared} PRIVATE "$<LINK_LIBRARY:WHOLE_ARCHIVE,${target}>")
  target_link_options(${shared} PRIVATE -Wl,--version-script=${map})
  if(NOT HOLDFAST_SANITIZE)
    # Whatever is missing shows here, and not in applications. Those in C need no C++ runtime beside it.
    target_link_options(${shared} PRIVATE -Wl,-z,defs $<$<CONFIG:Release>:-static-libstdc++ -static-libgcc>)
  endif()
  set_target_properties(${shared} PROPERTIES OUTPUT_NAME ${name} VERSION ${PROJECT_VERSION} SOVERSION 1 LINK_DEPENDS ${map})
  holdfast_place(LIBRARY ${shared} lib)
  install(TARGETS ${shared} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  if(CMAKE_BUILD_TYPE STREQUAL Release)
    holdfast_static_archive(${name} ${target})
    holdfast_pkgconfig(${name} "${ARG_DESCRIPTION}" "${ARG_INCLUDES}")
  endif()
endfunction()
