"""Writes LCLS small data with h5py, with the names that smalldata_tools gives its groups and parameters."""
import sys
import os
import h5py
import numpy as np


def small_data(path, images=True):
    n = 8
    with h5py.File(path, 'w') as f:
        f['event_time'] = np.arange(n, dtype='i8') + (1 << 60)
        f['fiducials'] = np.arange(n) * 3
        f['lightStatus/xray'] = np.array([1, 1, 0, 1, 1, 1, 1, 1])
        f['lightStatus/laser'] = np.array([1, 0, 1, 0, 1, 0, 1, 0])
        f['ebeam/photon_energy'] = np.array([9500, 9502, np.nan, 9498, 9500, 9501, 9499, 9500.])
        f['gas_detector/f_11_ENRC'] = np.linspace(1, 2, n)
        f['ipm2/sum'] = np.linspace(.1, .8, n)
        f['ipm2/channels'] = np.zeros((n, 4))
        f['tt/FLTPOS_PS'] = np.linspace(-1, 1, n)
        f['scan/lxt'] = np.repeat([1e-12, 2e-12], 4)
        f['Sums/jungfrau1M_calib'] = np.zeros((2, 16, 32))
        c = f.create_group('UserDataCfg/jungfrau1M')
        mask = np.ones((2, 16, 32), 'u1')
        mask[1, 5, 10] = 0
        c['mask'] = mask
        c['ROI_0__ROI_0_bound'] = np.array([[1, 2], [4, 14], [8, 28]])
        c['x'] = np.zeros((2, 16, 32))
        g = f.create_group('jungfrau1M')
        g['ROI_0_sum'] = np.arange(n, dtype='f8')
        if images:
            g['ROI_0_area'] = (100. * np.arange(n)[:, None, None] +
                               np.arange(200).reshape(10, 20)[None]).astype('f4')
        f['UserDataCfg/epix_1/mask'] = np.ones((6, 5), 'u1')
        if images:
            f['epix_1/full_area'] = np.ones((n, 6, 5), 'f4')


def make(root):
    os.makedirs(root, exist_ok=True)
    small_data(os.path.join(root, 'small.h5'))
    small_data(os.path.join(root, 'no_images.h5'), False)


if __name__ == '__main__':
    make(sys.argv[1])
