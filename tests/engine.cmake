foreach(folder core math model detector io polar correlate mtif density mtip simulate backend)
  include(engine/${folder}/tests.cmake)
endforeach()
