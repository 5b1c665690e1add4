#pragma once

#include "engine/io/layout.h"

namespace fxs {

/// LCLS small data (smalldata_tools): a group a detector with one value an event, and images where they were asked for:
/// DETECTOR/ROI_0_area, else full_area, calib or image of the only detector that has one (`dataset` names another).
/// Masks of UserDataCfg/DETECTOR (1 is good; those of a region of interest 1 is bad), cut to the region. Columns:
/// everything that has one value an event; lightStatus/xray and laser are "xray" and "laser". Photon energy: ebeam;
/// pulse energy: the gas detector, in mJ.
Layout smallDataLayout();

} // namespace fxs
