# holdfast_manual(PROGRAM): the manual pages and the completions of a program, which writes them itself; built and installed.
include_guard()
include(GNUInstallDirs)

function(holdfast_manual program)
  set(share ${CMAKE_CURRENT_BINARY_DIR}/share)
  set(manual ${share}/man/man1)
  set(bash_completion ${share}/bash-completion/completions/${program})
  set(zsh_completion ${share}/zsh/site-functions/_${program})
  add_custom_command(OUTPUT ${manual}/${program}.1 ${bash_completion} ${zsh_completion}
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${manual}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${manual} ${share}/bash-completion/completions ${share}/zsh/site-functions
    COMMAND ${program} --quiet manual --out ${manual}
    COMMAND ${program} completion bash > ${bash_completion}
    COMMAND ${program} completion zsh > ${zsh_completion}
    DEPENDS ${program} VERBATIM COMMENT "Writing manual and completions of ${program}")
  add_custom_target(${program}_manual ALL DEPENDS ${manual}/${program}.1)
  install(DIRECTORY ${share}/ DESTINATION ${CMAKE_INSTALL_DATADIR})
endfunction()
