foreach(folder core math model detector io stream preprocess polar correlate mtif density mtip simulate backend)
  include(engine/${folder}/tests.cmake)
endforeach()
