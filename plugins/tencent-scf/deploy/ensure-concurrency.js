/**
 * Gives a function the instances that serverless.scf.yml reserves for it, which are the most that it may have as well; 0 gives
 * them back. Where the file says nothing, nothing is asked. True where something was changed.
 * @param {import('../api/scf-api.js').ScfApi} api
 * @param {import('../types.d.ts').WantedFunction} wanted
 * @returns {Promise<boolean>}
 */
export const ensureConcurrency = async (api, { name, memoryMb, reservedInstances }) => {
  if (reservedInstances === undefined) return false
  const { ReservedMem } = await api.GetReservedConcurrencyConfig({ FunctionName: name })
  // SCF counts the memory of all instances.
  const wantedMb = reservedInstances * memoryMb
  if ((ReservedMem ?? 0) === wantedMb) return false
  if (wantedMb === 0) await api.DeleteReservedConcurrencyConfig({ FunctionName: name })
  else {
    await api.PutReservedConcurrencyConfig({ FunctionName: name, ReservedConcurrencyMem: wantedMb })
  }
  return true
}
