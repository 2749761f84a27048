// Uploads a file as the arguments say, and tells what happened: one line of JSON.
import fs from 'node:fs'
import { PassThrough } from 'node:stream'
import { FileUrlStorage, Upload } from 'tus-js-client'

const { file, notes, isStream, leaveAfter, options } = JSON.parse(process.argv[2])
const told = { url: null, archive: null, offsets: [], error: null }

function open() {
  const content = fs.createReadStream(file)
  return isStream ? content.pipe(new PassThrough()) : content
}

function end(error) {
  told.url = upload.url
  told.error = error && error.message
  console.log(JSON.stringify(told))
}

const upload = new Upload(open(), {
  ...options,
  urlStorage: new FileUrlStorage(notes),
  onAfterResponse: (_, response) => {
    told.archive = response.getHeader('Upload-Archive') ?? null
  },
  onChunkComplete: async (_, offset) => {
    told.offsets.push(offset)
    if (leaveAfter && told.offsets.length === 1) {
      await upload.abort(leaveAfter === 'terminate')
      end(null)
    }
  },
  onSuccess: () => end(null),
  onError: end,
})

const [before] = await upload.findPreviousUploads()
if (before) upload.resumeFromPreviousUpload(before)
upload.start()
