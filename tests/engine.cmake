foreach(folder core math model detector io stream polar correlate mtif density mtip simulate backend)
  include(engine/${folder}/tests.cmake)
endforeach()
